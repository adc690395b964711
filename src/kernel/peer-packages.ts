import { createRequire } from "node:module";
import { StemmaError } from "../error.ts";
import type { ZeroMq } from "./protocol/index.ts";

const fromHere = createRequire(import.meta.url);

/**
 * The package zeromq, which comes with tslab.
 *
 * @throws {StemmaError} tslab is not installed
 */
export function loadZeroMq(): ZeroMq {
  let tslab: string;
  try {
    tslab = fromHere.resolve("tslab/package.json");
  } catch (cause) {
    const sentence =
      "The TypeScript kernel needs the package tslab, which is not installed beside stemma. Run: npm i tslab@1.0.22";
    throw new StemmaError("KERNEL_PACKAGE", sentence, { cause });
  }
  return createRequire(tslab)("zeromq") as ZeroMq;
}

/** The versions that the kernel tells, read without loading TypeScript; empty where it is not installed. */
export function versions(): { readonly typescript: string; readonly stemma: string } {
  return { typescript: versionIn("typescript/package.json"), stemma: versionIn("../../package.json") };
}

function versionIn(file: string): string {
  try {
    return (fromHere(file) as { readonly version: string }).version;
  } catch {
    // The process that runs the cells will say what is missing.
    return "";
  }
}
