import { fileURLToPath } from "node:url";
import type { SourcePositions } from "./source-positions.ts";

interface Frame {
  readonly text: string;
  readonly isSource: boolean;
}

/**
 * Makes the stacks of errors name the user's cells and lines, `at fit (cell [4], line 2:9)`, wherever they are read:
 * in an error's output, in `console.error`, in the record of a failed run. Frames below the last one of the user, which
 * are the kernel's and Node's, are left out.
 */
export function installStackTraces(positions: SourcePositions): void {
  // Ten, as Node has it, may all be a library's, and the cell's own frame is lost.
  Error.stackTraceLimit = 50;
  Error.prepareStackTrace = (error, sites) => {
    const frames = sites.map((site) => frameOf(site, positions));
    const last = frames.findLastIndex((frame) => frame.isSource);
    const shown = last < 0 ? frames : frames.slice(0, last + 1);
    return [headOf(error), ...shown.map((frame) => `    at ${frame.text}`)].join("\n");
  };
}

function headOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    // A message or name that throws: the frames are what is left.
    return "Error";
  }
}

function frameOf(site: NodeJS.CallSite, positions: SourcePositions): Frame {
  const text = String(site);
  const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()];
  if (file == null || line === null || column === null) return { text, isSource: false };
  const position = positions.find(file.startsWith("file:") ? fileURLToPath(file) : file, line, column);
  if (position === null) return { text, isSource: false };
  const place = `${position.label}, line ${position.line}:${position.column}`;
  // A function of an earlier cell is called as a member of tslab's `exports`, which is a Proxy.
  const named = text.replace(`${file}:${line}:${column}`, place).replace(/\b(exports|Proxy)\./, "");
  return { text: named, isSource: true };
}
