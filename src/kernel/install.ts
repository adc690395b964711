#!/usr/bin/env node
// Writes the kernelspec into a Python environment or a user's folder: node install.js --prefix DIR
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { kernelSpec } from "./kernelspec.ts";

const usage = "Usage: node install.js --prefix DIR, the folder of a Python environment (it has or gets share/jupyter).";

function install(argv: readonly string[]): string {
  const { values } = parseArgs({ args: [...argv], options: { prefix: { type: "string" } } });
  if (values.prefix === undefined) throw new Error(usage);
  const [major] = process.versions.node.split(".");
  if (Number(major) < 24) throw new Error(`The kernel needs Node 24 or newer; this is ${process.versions.node}.`);
  const packageFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const { name, files } = kernelSpec({ node: process.execPath, packageFolder });
  const folder = join(resolve(values.prefix), "share", "jupyter", "kernels", name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

try {
  process.stdout.write(`${install(process.argv.slice(2))}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
