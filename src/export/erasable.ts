import { stripTypeScriptTypes } from "node:module";
import { isSyntax, parseModule, type Syntax, walk } from "./syntax.ts";

/**
 * A module's text as Node runs it, and the ending of the file that holds it.
 *
 * Node drops types by itself; enums, namespaces and parameter properties have to be compiled first.
 *
 * @param ending of the file as it is: `.ts`, `.mts`, `.js` …
 */
export function runnable(text: string, ending: string): { readonly text: string; readonly ending: string } {
  if (!ending.endsWith("ts") || isErasable(text)) return { text, ending };
  return { text: stripTypeScriptTypes(text, { mode: "transform" }), ending: ending === ".mts" ? ".mjs" : ".js" };
}

function isErasable(text: string): boolean {
  const { program } = parseModule(text);
  for (const node of walk(program, (below) => below["declare"] !== true)) if (hasCode(node)) return false;
  return true;
}

function hasCode(node: Syntax): boolean {
  if (node["declare"] === true) return false;
  if (node.type === "TSModuleDeclaration") return isSyntax(node["body"]);
  return /^TS(EnumDeclaration|ParameterProperty|ImportEqualsDeclaration|ExportAssignment)$/.test(node.type);
}
