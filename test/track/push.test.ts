import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type RunningServer, serve } from "../../src/server/index.ts";
import { pushFacts } from "../conformance/push.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await serve({ folder: mkdtempSync(join(tmpdir(), "stemma-team-")), port: 0, token: "secret" });
});
afterAll(() => server.close());

pushFacts("a Stemma server", () => ({ uri: server.url, token: "secret" }));
