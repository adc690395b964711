#!/usr/bin/env node
// The kernel's entry point: what kernel.json starts.
import { startBroker } from "./broker.ts";

const usage =
  "Usage: node main.js --connection-file FILE. Jupyter starts this; to try it: jupyter console --kernel stemma";

function connectionFile(argv: readonly string[]): string | null {
  const at = argv.indexOf("--connection-file");
  return at < 0 ? null : (argv[at + 1] ?? null);
}

// At once: sockets that are open already would keep the process.
function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

const path = connectionFile(process.argv.slice(2));
if (path === null) fail(usage);
else startBroker(path).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
