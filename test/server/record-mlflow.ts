/**
 * Writes down what the real MLflow server answers to our talks: `node test/server/record-mlflow.ts`. It takes a minute or
 * three, so the tests compare with what was recorded.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, tool } from "../support/tools.ts";
import type { Peer, Talk } from "./conversation.ts";
import { talk } from "./mlflow-talk.ts";
import { talkOfModels } from "./models-talk.ts";

/** The real server, with its artifacts behind it as ours has them. */
async function startMlflow(): Promise<Peer & { close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "mlflow-"));
  const port = await freePort();
  const backend = `sqlite:///${join(folder, "mlflow.db")}`;
  const server = ["server", "--backend-store-uri", backend, "--artifacts-destination", join(folder, "artifacts")];
  const child = spawn(tool("mlflow"), [...server, "--host", "127.0.0.1", "--port", String(port), "--workers", "1"], {
    cwd: folder,
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  for (let ready = false; !ready; ) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    if (child.exitCode !== null) throw new Error(`mlflow server ended with ${child.exitCode}`);
    ready = await fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false,
    );
  }
  return { url, token: null, close: () => void child.kill() };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const folder = join(root, "test", "golden", "mlflow-3.17.2");
mkdirSync(folder, { recursive: true });

function keep(name: string, said: Talk): void {
  writeFileSync(join(folder, name), `${JSON.stringify(said, null, 1)}\n`);
  process.stdout.write(`${Object.keys(said).length} answers in ${name}\n`);
}

const mlflow = await startMlflow();
try {
  keep("rest.json", await talk(mlflow));
  keep("models.json", await talkOfModels(mlflow));
} finally {
  mlflow.close();
}
