import { inspect } from "node:util";
import { framesOf } from "./frames.ts";
import type { CellDiagnostic, SourcePositions } from "./language/index.ts";

/** An error as Jupyter's `error` message and `execute_reply` carry it. */
export interface ErrorReport {
  readonly ename: string;
  readonly evalue: string;
  /** Lines to print; `ename: evalue` is the first. */
  readonly traceback: readonly string[];
}

const mostCauses = 5;
/** Of one AggregateError. */
const mostInner = 8;
/** Of one report: errors that hold each other have no end. */
const mostErrors = 30;

/** Anything thrown by a cell: its places in the user's TypeScript, its causes; without frames of Stemma and of Node. */
export function errorReport(thrown: unknown, positions: SourcePositions): ErrorReport {
  if (!isErrorLike(thrown)) {
    const evalue = inspect(thrown);
    return { ename: "Error", evalue, traceback: [`Error: a value was thrown that is no Error: ${evalue}`] };
  }
  const ename = String(thrown.name);
  const evalue = String(thrown.message);
  return {
    ename,
    evalue,
    traceback: [`${ename}: ${evalue}`, ...details(thrown, { positions, depth: 0, told: new Set() })],
  };
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

interface Telling {
  readonly positions: SourcePositions;
  readonly depth: number;
  /** Errors that are in the report; a cause that is among them is not told again. */
  readonly told: Set<unknown>;
}

function details(error: Error, telling: Telling): string[] {
  telling.told.add(error);
  const frames = framesOf(String(error.stack ?? ""));
  const place = frames.map((frame) => cellPlace.exec(frame)).find((found) => found !== null);
  const [, label = "", line, column] = place ?? [];
  const text = telling.positions.lineOf(label, Number(line));
  const excerpt = text === null ? [] : excerptOf(text, Number(line), Number(column));
  return [...excerpt, ...frames, ...causeOf(error, telling), ...innerOf(error, telling)];
}

function causeOf({ cause }: Error, telling: Telling): string[] {
  if (cause === undefined || telling.depth >= mostCauses) return [];
  return reasonOf(cause, "Caused by", telling);
}

/** The errors of an AggregateError, each further in than the one that holds it. */
function innerOf(error: Error, telling: Telling): string[] {
  const inner: unknown = "errors" in error ? error.errors : undefined;
  if (!Array.isArray(inner) || inner.length === 0) return [];
  const most = telling.depth >= mostCauses ? 0 : mostInner;
  const shown = inner.slice(0, most).flatMap((reason: unknown, index) => {
    const [head = "", ...rest] = reasonOf(reason, `Caused by (${index + 1} of ${inner.length})`, telling);
    return [head, ...rest.map((line) => `  ${line}`)];
  });
  return inner.length <= most ? shown : [...shown, `… ${inner.length - most} more`];
}

function reasonOf(reason: unknown, words: string, telling: Telling): string[] {
  if (!isErrorLike(reason)) return [`${words}: ${inspect(reason)}`];
  const head = `${words}: ${String(reason.name)}: ${String(reason.message)}`;
  if (telling.told.has(reason)) return [`${head} (told above)`];
  if (telling.told.size >= mostErrors) return [head];
  return [head, ...details(reason, { ...telling, depth: telling.depth + 1 })];
}

function excerptOf(text: string | undefined, line: number, column: number): string[] {
  if (text === undefined || text.length > 500) return [];
  const margin = `${line} | `;
  return [`  ${margin}${text}`, `  ${" ".repeat(margin.length - 2)}| ${" ".repeat(Math.max(0, column - 1))}^`];
}

/** How a stack names a place in a cell. */
const cellPlace = /\(?(cell \[\d+\]), line (\d+):(\d+)\)?$/;

// An error of a worker or of another context is no instance of our Error.
function isErrorLike(thrown: unknown): thrown is Error {
  return typeof thrown === "object" && thrown !== null && "message" in thrown && "name" in thrown;
}
