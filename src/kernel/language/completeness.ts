import type ts from "typescript";
import type { TypeScript } from "./typescript.ts";

/** Whether a cell can run as it stands, as `is_complete_reply` tells it. */
export type Completeness =
  | { readonly status: "complete" }
  | { readonly status: "invalid" }
  | { readonly status: "incomplete"; readonly indent: string };

const unterminated = new Set([
  1010, // '*/' expected.
  1160, // Unterminated template literal.
]);
const expected = new Set([
  1003, // Identifier expected.
  1005, // '{0}' expected.
  1109, // Expression expected.
  1110, // Type expected.
  1126, // Unexpected end of text.
  1128, // Declaration or statement expected.
  1130, // Statement expected.
  1135, // Argument expression expected.
]);

/** Judges the syntax only: a text that could be continued is incomplete, one that cannot be is invalid. */
export function completeness(ts: TypeScript, source: string): Completeness {
  // Two blank lines at the end mean "run it".
  if (/(^|\n)\s*\n\s*$/.test(source)) return { status: "complete" };
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  const errors = (file as unknown as { readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[] })
    .parseDiagnostics;
  if (errors.length === 0) return { status: "complete" };
  const end = source.trimEnd().length;
  if (!errors.some((error) => isOpen(error, end))) return { status: "invalid" };
  const line = source.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^\s*/.exec(line)?.[0] ?? "";
  return { status: "incomplete", indent: /[{([]$/.test(line) ? `${indent}  ` : indent };
}

function isOpen(error: ts.DiagnosticWithLocation, end: number): boolean {
  if (unterminated.has(error.code)) return error.start + error.length >= end;
  return expected.has(error.code) && error.start >= end;
}
