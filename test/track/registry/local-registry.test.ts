import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openModels, openRuns } from "../../../src/track/index.ts";
import { modelConformance } from "../../conformance/model-store.ts";

modelConformance("in a project's database", async () => {
  const folder = mkdtempSync(join(tmpdir(), "stemma-models-"));
  return { runs: openRuns(folder), models: openModels(folder) };
});
