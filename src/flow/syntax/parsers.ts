import { createRequire } from "node:module";
import type * as Parser from "@babel/parser";
import type * as Scopes from "@typescript-eslint/scope-manager";

const require = createRequire(import.meta.url);
let parser: typeof Parser | null = null;
let scopes: typeof Scopes | null = null;

/** The parser of flows' bodies and steps; loaded when the first flow is defined, since most notebooks only track. */
export function babelParser(): typeof Parser {
  parser ??= require("@babel/parser") as typeof Parser;
  return parser;
}

/** What finds the names that a step takes from outside: 178 files, which are loaded when the first step is captured. */
export function scopeManager(): typeof Scopes {
  scopes ??= require("@typescript-eslint/scope-manager") as typeof Scopes;
  return scopes;
}
