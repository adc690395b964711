import { spawn } from "node:child_process";
import { StemmaError } from "../../error.ts";

/** `stemma lab` cannot go on; the message says why, and what helps. */
export class LabError extends StemmaError {
  /** @param words the last ones of a tool that failed, for below the sentence */
  constructor(sentence: string, words = "") {
    super("LAB", words.trim() === "" ? sentence : `${sentence}\n${lastLines(words)}`);
  }
}

export interface Outcome {
  /** Null when it could not start or a signal ended it. */
  readonly code: number | null;
  /** All it wrote, in order. */
  readonly output: string;
}

/** Runs a program to its end, silently. */
export function outcome(program: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error) => resolve({ code: null, output: `${program}: ${error.message}` }));
    child.on("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}

const shownLines = 12;

function lastLines(text: string): string {
  const lines = text.trimEnd().split("\n").slice(-shownLines);
  return lines.map((line) => `    ${line}`).join("\n");
}
