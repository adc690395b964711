import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type RunningServer, serve } from "../../../src/server/index.ts";
import { openRestModels, openRestRuns } from "../../../src/track/index.ts";
import { modelConformance } from "../../conformance/model-store.ts";

const servers: RunningServer[] = [];

modelConformance("of a Stemma server", async () => {
  const server = await serve({ folder: mkdtempSync(join(tmpdir(), "stemma-rest-")), port: 0 });
  servers.push(server);
  const where = { uri: server.url, token: server.token ?? "" };
  return { runs: openRestRuns(where), models: openRestModels(where) };
});

afterAll(async () => {
  for (const server of servers.splice(0)) await server.close();
});
