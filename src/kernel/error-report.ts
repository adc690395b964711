import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { CellDiagnostic, SourcePositions } from "./language/index.ts";

/** An error as Jupyter's `error` message and `execute_reply` carry it. */
export interface ErrorReport {
  readonly ename: string;
  readonly evalue: string;
  /** Lines to print; `ename: evalue` is the first. */
  readonly traceback: readonly string[];
}

/** All of Stemma's code: the kernel's and the library's. */
const ownFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const mostCauses = 5;

/** Anything thrown by a cell: its places in the user's TypeScript, its causes; without frames of Stemma and of Node. */
export function errorReport(thrown: unknown, positions: SourcePositions): ErrorReport {
  if (!isErrorLike(thrown)) {
    const evalue = inspect(thrown);
    return { ename: "Error", evalue, traceback: [`Error: a value was thrown that is no Error: ${evalue}`] };
  }
  const ename = String(thrown.name);
  const evalue = String(thrown.message);
  return { ename, evalue, traceback: [`${ename}: ${evalue}`, ...details(thrown, positions, 0)] };
}

/** Errors of a cell's types, all in one. */
export function diagnosticsReport(diagnostics: readonly CellDiagnostic[], source: string): ErrorReport {
  const lines = source.split("\n");
  const traceback = diagnostics.flatMap((diagnostic, index) => {
    const { fileName, start, code, messageText } = diagnostic;
    // The following messages of a chain have the position of the first.
    const isDetail = index > 0 && isSamePlace(diagnostic, diagnostics[index - 1]);
    if (isDetail) return [`  ${messageText}`];
    const place = `${fileName === undefined ? "" : `${fileName} `}line ${start.line + 1}:${start.character + 1}`;
    const excerpt = fileName === undefined ? excerptOf(lines[start.line], start.line + 1, start.character + 1) : [];
    return [`${place} - TS${code}: ${messageText}`, ...excerpt];
  });
  return { ename: "TypeScriptError", evalue: traceback[0] ?? "", traceback };
}

function isSamePlace(one: CellDiagnostic, other: CellDiagnostic | undefined): boolean {
  return (
    one.start.line === other?.start.line && one.start.character === other.start.character && one.code !== undefined
  );
}

function details(error: Error, positions: SourcePositions, depth: number): string[] {
  const frames = framesOf(error);
  const place = frames.map((frame) => cellPlace.exec(frame)).find((found) => found !== null);
  const [, label = "", line, column] = place ?? [];
  const text = positions.lineOf(label, Number(line));
  const excerpt = text === null ? [] : excerptOf(text, Number(line), Number(column));
  return [...excerpt, ...frames, ...causeOf(error, positions, depth)];
}

function causeOf(error: Error, positions: SourcePositions, depth: number): string[] {
  const { cause } = error;
  if (cause === undefined || depth >= mostCauses) return [];
  if (!isErrorLike(cause)) return [`Caused by: ${inspect(cause)}`];
  return [`Caused by: ${cause.name}: ${cause.message}`, ...details(cause, positions, depth + 1)];
}

function excerptOf(text: string | undefined, line: number, column: number): string[] {
  if (text === undefined || text.length > 500) return [];
  const margin = `${line} | `;
  return [`  ${margin}${text}`, `  ${" ".repeat(margin.length - 2)}| ${" ".repeat(Math.max(0, column - 1))}^`];
}

/** How a stack names a place in a cell. */
const cellPlace = /\(?(cell \[\d+\]), line (\d+):(\d+)\)?$/;

/** The frames of a stack without Node's and Stemma's own, which say nothing about the cell; all of them with STEMMA_DEBUG=1. */
function framesOf(error: Error): string[] {
  const frames = String(error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  if (process.env["STEMMA_DEBUG"] === "1") return frames;
  const isTheirs = (line: string): boolean =>
    !/\bnode:[\w/]+:\d|\(<anonymous>\)$/.test(line) && !line.includes(ownFolder);
  return frames.filter(isTheirs);
}

// An error of a worker or of another context is no instance of our Error.
function isErrorLike(thrown: unknown): thrown is Error {
  return typeof thrown === "object" && thrown !== null && "message" in thrown && "name" in thrown;
}
