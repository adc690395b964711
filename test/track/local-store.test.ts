import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRuns } from "../../src/track/index.ts";
import { conformance } from "../conformance/run-store.ts";

conformance("in a project's database", async () => openRuns(mkdtempSync(join(tmpdir(), "stemma-runs-"))));
