import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** All of Stemma's code: the kernel's and the library's. */
const stemma: string = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * The frames of a stack without Node's and Stemma's own, which say nothing about the cell; all of them with STEMMA_DEBUG=1.
 *
 * @param own the folder whose frames are left out
 */
export function framesOf(stack: string, own: string = stemma): readonly string[] {
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  if (process.env["STEMMA_DEBUG"] === "1") return frames;
  // CommonJS is in the frames by its path, an ES module by its URL, which writes "é" and a space in its own way.
  const folders = [own, pathToFileURL(own).href];
  return frames.filter((line) => !isNodes.test(line) && !folders.some((folder) => line.includes(folder)));
}

const isNodes = /\bnode:[\w/-]+:\d|\(<anonymous>\)$/;
