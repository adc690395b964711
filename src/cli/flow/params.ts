import { StemmaError } from "../../error.ts";
import { didYouMean, type Plan } from "../../flow/index.ts";
import { cut, textWidth } from "../text-width.ts";

type Json = Plan["params"][string];

/** A param on the command line that the flow does not have, or a value of another type than its default. */
export class FlowParamError extends StemmaError {
  constructor(message: string) {
    super("FLOW_PARAM", message);
  }
}

/**
 * Params as a command line gives them, `--beta 0.3 --betas 0.1,0.2 --fast`, each of the type of its default.
 *
 * A list may be JSON or separated by commas; a name may be written with hyphens, `--learning-rate` for `learningRate`.
 *
 * @param args what stands behind the file, without the command's own options
 * @throws {FlowParamError} a name that is none, a value that does not fit
 */
export function readParams({ name, params }: Plan, args: readonly string[]): Readonly<Record<string, Json>> {
  const given: Record<string, Json> = {};
  let flag: string | null = null;
  for (let at = 0; at < args.length; at++) {
    const { option, inline } = optionOf(args[at] ?? "", name, flag);
    const { param, negated } = paramOf(option, { name, params });
    const like = params[param] ?? null;
    const isFlag = typeof like === "boolean";
    const next = args[at + 1];
    const isValue = next !== undefined && (isFlag ? next === "true" || next === "false" : !next.startsWith("--"));
    const takesNext = inline === null && !negated && isValue;
    if (!isFlag && inline === null && next?.startsWith("--"))
      throw wanted(option, like, `nothing. A value that begins so is written --${option}=${next}`);
    const text = inline ?? (takesNext ? next : null);
    if (takesNext) at++;
    given[param] = negated ? false : typedValue(option, text, like);
    flag = isFlag && text === null ? option : null;
  }
  return given;
}

/** The params of a flow as a command line takes them, each with its default. */
export function paramLines({ params }: Pick<Plan, "params">): readonly string[] {
  const rows = Object.entries(params).map(([name, like]) => {
    const option = typeof like === "boolean" ? `--${name}, --no-${name}` : `--${name} <${kindOf(like)}>`;
    return [option, cut(JSON.stringify(like), 80)] as const;
  });
  const widest = Math.max(0, ...rows.map(([option]) => textWidth(option)));
  return rows.map(([option, value]) => `  ${option}${" ".repeat(widest - textWidth(option))}  ${value}`);
}

function optionOf(arg: string, flow: string, flag: string | null): { option: string; inline: string | null } {
  const [, option, inline] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(arg) ?? [];
  if (option !== undefined) return { option, inline: inline ?? null };
  if (flag !== null) throw wanted(flag, true, JSON.stringify(arg));
  throw new FlowParamError(`${JSON.stringify(arg)} is no param of flow "${flow}". Params are written --name value.`);
}

function paramOf(option: string, { name, params }: Pick<Plan, "name" | "params">): { param: string; negated: boolean } {
  const names = Object.keys(params);
  const find = (text: string): string | undefined => names.find((one) => isNamed(one, text));
  const param = find(option);
  if (param !== undefined) return { param, negated: false };
  const other = option.startsWith("no-") ? find(option.slice(3)) : undefined;
  if (other !== undefined && typeof params[other] === "boolean") return { param: other, negated: true };
  const known = names.map((one) => `--${one}`);
  const near = didYouMean(`--${option}`, known).replaceAll('"', "");
  throw new FlowParamError(`Flow "${name}" has no param --${option}.${near} It has ${known.join(", ") || "none"}.`);
}

// A terminal may give letters with accents in another form than the file has them.
function isNamed(param: string, text: string): boolean {
  const [name, wanted] = [param.normalize("NFC"), text.normalize("NFC")];
  return name === wanted || hyphened(name) === wanted;
}

function hyphened(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll("_", "-");
}

function typedValue(option: string, text: string | null, like: Json): Json {
  const refused = (): FlowParamError => wanted(option, like, text === null ? "nothing" : JSON.stringify(text));
  if (typeof like === "boolean") {
    if (text === null || text === "true" || text === "false") return text !== "false";
    throw refused();
  }
  if (text === null) throw refused();
  if (typeof like === "string") return text;
  if (typeof like === "number") return numberOf(text) ?? refuse(refused());
  if (like === null) {
    const value = jsonOf(text);
    return value === undefined ? text : value;
  }
  if (Array.isArray(like)) return listOf(text, like[0]) ?? refuse(refused());
  const record = jsonOf(text);
  if (typeof record === "object" && record !== null && !Array.isArray(record)) return record;
  throw refused();
}

function wanted(option: string, like: Json, got: string): FlowParamError {
  return new FlowParamError(`--${option}: want ${wordsOf(like)}, got ${got}.`);
}

function wordsOf(like: Json): string {
  if (typeof like === "boolean") return "true or false";
  if (typeof like === "number") return "a number";
  if (typeof like === "string") return "a text";
  if (like === null) return "a value";
  return `${Array.isArray(like) ? "a list" : "a record as JSON"}, such as ${cut(JSON.stringify(like), 60)}`;
}

function kindOf(like: Json): string {
  if (typeof like === "number") return "number";
  if (typeof like === "string") return "text";
  if (like === null) return "value";
  return Array.isArray(like) ? "list" : "JSON";
}

function refuse(error: Error): never {
  throw error;
}

function numberOf(text: string): number | null {
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number) ? null : number;
}

function listOf(text: string, first: Json | undefined): Json[] | null {
  const read = jsonOf(text);
  if (Array.isArray(read)) return fits(read, first) ? read : null;
  if (text.trim() === "") return [];
  const parts = text.split(",").map((part) => part.trim());
  if (first === undefined) return untypedList(parts);
  if (typeof first === "string") return parts;
  const values = parts.map((part) => (typeof first === "number" ? (numberOf(part) ?? null) : (jsonOf(part) ?? null)));
  return fits(values, first) ? values : null;
}

// An empty default tells no type: numbers are numbers where all of them are, as JSON writes them; `007` is a text.
function untypedList(parts: readonly string[]): Json[] {
  const values = parts.map(jsonOf);
  return values.every((value) => typeof value === "number") ? values : [...parts];
}

// A list of numbers stays one: "0.1" among them would be a text in the step.
function fits(list: readonly Json[], first: Json | undefined): boolean {
  const isPlain = ["number", "string", "boolean"].includes(typeof first);
  return !isPlain || list.every((item) => typeof item === typeof first);
}

function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
