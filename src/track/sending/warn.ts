import { host } from "../../host/index.ts";

/** Tells the user something that needs no answer: under the cell, or on a program's stderr. */
export function warn(sentence: string): void {
  if (host().kind === "node") process.stderr.write(`stemma: ${sentence}\n`);
  else host().show({ "text/plain": sentence });
}
