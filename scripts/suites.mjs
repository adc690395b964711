import { installChromium } from "./chromium.mjs";
import { playwright, tool, vitest } from "./runners.mjs";

/** All suites, in the order they start: long ones first, so that the last to end is a short one. */
export const suites = [
  { name: "peers-dvc", run: vitest("peers-dvc") },
  { name: "cells", run: vitest("cells") },
  { name: "peers-mlflow", run: vitest("peers-mlflow") },
  { name: "unit", run: vitest("unit") },
  { name: "lab", run: lab },
  { name: "peers", run: vitest("peers") },
  { name: "pack", run: vitest("pack") },
  { name: "notebook", run: vitest("notebook") },
  { name: "types", run: tool("typescript/bin/tsc", "--noEmit") },
  { name: "lab-types", run: tool("typescript/bin/tsc", "--project", "test/lab") },
  { name: "declarations", run: vitest("declarations") },
  { name: "check", run: tool("@biomejs/biome/bin/biome", "ci", "--colors=off", "--diagnostic-level=error") },
  // An ESM-only package: what require() finds is ESM, which every Node that we run on loads.
  {
    name: "attw",
    run: tool("@arethetypeswrong/cli/dist/index.js", "--pack", ".", "--ignore-rules", "cjs-resolves-to-esm"),
  },
  { name: "publint", run: tool("publint/src/cli.js", "--strict") },
];

async function lab(node24, name, env) {
  const { program } = await installChromium();
  return playwright({ CHROMIUM: program })(node24, name, env);
}
