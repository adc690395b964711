#!/usr/bin/env node
// Writes the kernelspec into a Python environment, for scripts: node install.js --prefix DIR. People have `stemma kernel install`.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { installKernel } from "./installed.ts";
import { prefixDataFolder } from "./jupyter-folders.ts";

const usage = "Usage: node install.js --prefix DIR, the folder of a Python environment (it has or gets share/jupyter).";

function install(argv: readonly string[]): string {
  const { values } = parseArgs({ args: [...argv], options: { prefix: { type: "string" } } });
  if (values.prefix === undefined) throw new Error(usage);
  return installKernel(prefixDataFolder(resolve(values.prefix)));
}

try {
  process.stdout.write(`${install(process.argv.slice(2))}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
