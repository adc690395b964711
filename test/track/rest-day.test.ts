import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openRestRuns, track } from "../../src/track/index.ts";
import { notebookDay } from "../conformance/notebook-day.ts";
import { type Served, startServe } from "../peers/mlflow/serve.ts";

// A process of its own: what is asked for without an await would wait for a server in this one for ever.
let served: Served;
beforeAll(async () => {
  served = await startServe(mkdtempSync(join(tmpdir(), "stemma-served-")));
});
afterAll(() => served.close());

notebookDay("on a Stemma server", async () => {
  const { url: uri, token } = served;
  track.use({ uri, token });
  return { store: () => openRestRuns({ uri, token }) };
});
