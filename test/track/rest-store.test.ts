import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type RunningServer, serve } from "../../src/server/index.ts";
import { openRestRuns } from "../../src/track/index.ts";
import { conformance } from "../conformance/run-store.ts";

const servers: RunningServer[] = [];

conformance("of a Stemma server", async () => {
  const server = await serve({ folder: mkdtempSync(join(tmpdir(), "stemma-rest-")), port: 0 });
  servers.push(server);
  return openRestRuns({ uri: server.url, token: server.token ?? "" });
});

afterAll(async () => {
  for (const server of servers.splice(0)) await server.close();
});
