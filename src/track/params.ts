import { StemmaError } from "../error.ts";
import { checkName } from "./names.ts";

/** A value that would not come back as it is. */
export class ValueError extends StemmaError {
  constructor(message: string) {
    super("BAD_VALUE", message);
  }
}

/** A param as it is kept: its text as MLflow shows it, and whether that is JSON or the string itself. */
export interface ParamText {
  readonly text: string;
  readonly json: boolean;
}

/**
 * Params by name, nested ones with dots: `{ model: { lr: 0.1 } }` is `model.lr`. Lists stay whole, as JSON.
 *
 * @throws {ValueError} a value that is no plain JSON, named by its path @throws {NameError}
 */
export function flatParams(params: object): ReadonlyMap<string, ParamText> {
  checkPlain(params, "params");
  const flat = new Map<string, ParamText>();
  flatten(params, "", flat);
  return flat;
}

function flatten(record: object, prefix: string, flat: Map<string, ParamText>): void {
  for (const [key, value] of Object.entries(record)) {
    const name = prefix + key;
    if (isRecord(value) && Object.keys(value).length > 0) {
      flatten(value, `${name}.`, flat);
      continue;
    }
    checkName("param", name);
    if (flat.has(name))
      throw new ValueError(`params has "${name}" twice, once nested and once with a dot in its name.`);
    flat.set(name, typeof value === "string" ? { text: value, json: false } : { text: jsonText(value), json: true });
  }
}

/** JSON of a plain value, indented where asked; unlike `JSON.stringify` it keeps -0. */
export function jsonText(value: unknown, indent = 0, depth = 1): string {
  if (Object.is(value, -0)) return "-0";
  const text = (part: unknown): string => jsonText(part, indent, depth + 1);
  if (Array.isArray(value)) return bracketed("[]", value.map(text), { indent, depth });
  if (!isRecord(value)) return JSON.stringify(value);
  const colon = indent > 0 ? ": " : ":";
  const fields = Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}${colon}${text(part)}`);
  return bracketed("{}", fields, { indent, depth });
}

function bracketed(
  brackets: string,
  parts: readonly string[],
  { indent, depth }: { readonly indent: number; readonly depth: number },
): string {
  const [open, close] = brackets;
  if (indent === 0 || parts.length === 0) return `${open}${parts.join(",")}${close}`;
  const blank = (levels: number): string => `\n${" ".repeat(indent * levels)}`;
  return `${open}${blank(depth)}${parts.join(`,${blank(depth)}`)}${blank(depth - 1)}${close}`;
}

/**
 * Refuses what JSON would change or drop.
 *
 * @param path what the value is called in the sentence: "params"
 * @throws {ValueError} "params.model.opt is an Optimizer (class instance); …"
 */
export function checkPlain(value: unknown, path: string, above: readonly object[] = []): void {
  const fault = faultOf(value, above);
  if (fault !== null) throw new ValueError(`${path} is ${fault}`);
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    // Not forEach: it leaves out the holes.
    for (let i = 0; i < value.length; i++) checkPlain(value[i], `${path}[${i}]`, [...above, value]);
    return;
  }
  for (const [key, part] of Object.entries(value)) checkPlain(part, `${path}.${key}`, [...above, value]);
}

/** What is wrong with a value by itself, with the way out; null when it is plain JSON. */
function faultOf(value: unknown, above: readonly object[]): string | null {
  switch (typeof value) {
    case "string":
    case "boolean":
      return null;
    case "number":
      return Number.isFinite(value) ? null : `${value}, which JSON cannot hold; pass it as a string.`;
    case "undefined":
      return "undefined, which JSON cannot hold; leave it out or pass null.";
    case "bigint":
      return `the BigInt ${value}n, which JSON cannot hold; pass it as a string.`;
    case "function":
      return `the function ${value.name || "(without a name)"}; pass its name or what it was made from.`;
    case "symbol":
      return `${String(value)}; pass its description as a string.`;
    case "object":
      return value === null ? null : objectFault(value, above);
  }
}

function objectFault(value: object, above: readonly object[]): string | null {
  if (above.includes(value)) return "a part of itself (a cycle); pass plain JSON.";
  if (Array.isArray(value) || isRecord(value)) return null;
  const name = value.constructor?.name || "object";
  const article = /^[AEIOU]/.test(name) ? "an" : "a";
  const way = name === "Date" ? "pass date.toISOString()" : "pass plain JSON, or log it with run.artifact()";
  return `${article} ${name} (class instance); ${way}.`;
}

/** An object literal, of any realm: a cell's objects have another `Object.prototype`. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A param that names data that the run used: no setting of the run. */
export function isDataParam(name: string): boolean {
  return /^data\.(?:.+\.)?(?:md5|rev)$/.test(name);
}
