import { StemmaError } from "../../error.ts";
import type { Plan } from "../../flow/index.ts";

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
  for (let at = 0; at < args.length; at++) {
    const { option, inline } = optionOf(args[at] ?? "", name);
    const { param, negated } = paramOf(option, { name, params });
    const isFlag = typeof params[param] === "boolean";
    const next = args[at + 1];
    const takesNext =
      inline === null && !negated && (isFlag ? next === "true" || next === "false" : next !== undefined);
    const text = inline ?? (takesNext ? (next ?? null) : null);
    if (takesNext) at++;
    given[param] = negated ? false : typedValue(option, text, params[param] ?? null);
  }
  return given;
}

function optionOf(arg: string, flow: string): { readonly option: string; readonly inline: string | null } {
  const [, option, inline] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(arg) ?? [];
  if (option === undefined)
    throw new FlowParamError(`${JSON.stringify(arg)} is no param of flow "${flow}". Params are written --name value.`);
  return { option, inline: inline ?? null };
}

function paramOf(option: string, { name, params }: Pick<Plan, "name" | "params">): { param: string; negated: boolean } {
  const names = Object.keys(params);
  const find = (text: string): string | undefined => names.find((one) => one === text || hyphened(one) === text);
  const param = find(option);
  if (param !== undefined) return { param, negated: false };
  const other = option.startsWith("no-") ? find(option.slice(3)) : undefined;
  if (other !== undefined && typeof params[other] === "boolean") return { param: other, negated: true };
  const known = names.map((one) => `--${one}`).join(", ") || "none";
  throw new FlowParamError(`Flow "${name}" has no param --${option}. It has ${known}.`);
}

function hyphened(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll("_", "-");
}

function typedValue(option: string, text: string | null, like: Json): Json {
  const want = (what: string): FlowParamError =>
    new FlowParamError(`--${option}: want ${what}, got ${text === null ? "nothing" : JSON.stringify(text)}.`);
  if (typeof like === "boolean") {
    if (text === null || text === "true" || text === "false") return text !== "false";
    throw want("true or false");
  }
  if (text === null) throw want(nameOf(like));
  if (typeof like === "string") return text;
  if (typeof like === "number") return numberOf(text) ?? refuse(want("a number"));
  if (like === null) return jsonOf(text) ?? text;
  if (Array.isArray(like)) return listOf(text, like[0]) ?? refuse(want(`a list, such as ${JSON.stringify(like)}`));
  const record = jsonOf(text);
  if (typeof record === "object" && record !== null && !Array.isArray(record)) return record;
  throw want(`a record as JSON, such as ${JSON.stringify(like)}`);
}

function nameOf(like: Json): string {
  if (typeof like === "number") return "a number";
  return typeof like === "string" ? "a text" : "JSON";
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
  if (typeof first !== "number") return first === undefined || typeof first === "string" ? parts : null;
  const numbers = parts.map(numberOf);
  return numbers.every((number) => number !== null) ? numbers : null;
}

// A list of numbers stays one: "0.1" among them would be a text in the step.
function fits(list: readonly Json[], first: Json | undefined): boolean {
  return typeof first !== "number" || list.every((item) => typeof item === "number");
}

function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
