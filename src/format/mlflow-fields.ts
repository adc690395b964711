import { invalidValue, missingValue } from "./mlflow-error.ts";

/**
 * Reads the fields of one request, or of one answer, strictly: MLflow's server half-parses (1e400 becomes 0 at time 0, an unknown status
 * changes nothing); here each wrong value is an error that names it. Unknown fields are ignored and null is absent, as in protobuf.
 */
export interface RequestFields {
  /** Where a field stands in the request, for messages: `metrics[0].key`. */
  at(name: string): string;
  /** @throws {MlflowError} absent, empty or no string */
  text(name: string): string;
  optionalText(name: string): string | null;
  whole(name: string): number;
  optionalWhole(name: string): number | null;
  /** A number, or protobuf's "NaN", "Infinity", "-Infinity". */
  number(name: string): number;
  texts(name: string): readonly string[];
  /** The objects of a list, each with its own fields; [] where absent. */
  objects(name: string): readonly RequestFields[];
  object(name: string): RequestFields;
  /** The same; no fields where absent. */
  optionalObject(name: string): RequestFields;
  optionalFlag(name: string): boolean | null;
  /** One of `names`; null where absent. */
  choice<T extends string>(name: string, names: readonly T[]): T | null;
}

/**
 * The fields of a request's body, or of its query as {@link queryBody} gives it.
 *
 * @param path where the body stands in the request, for messages: `metrics[0]`; empty for all of it
 * @throws {MlflowError} the body is no object
 */
export function requestFields(body: unknown, path = ""): RequestFields {
  if (!isRecord(body)) throw invalidValue(path === "" ? "request" : path, body, "want an object.");
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const value = (name: string): unknown => body[name] ?? undefined;
  const required = <T>(name: string, found: T | null): T => {
    if (found === null || found === "") throw missingValue(at(name));
    return found;
  };
  const fields: RequestFields = {
    at,
    text: (name) => required(name, fields.optionalText(name)),
    optionalText: (name) => readText(at(name), value(name)),
    whole: (name) => required(name, fields.optionalWhole(name)),
    optionalWhole: (name) => readWhole(at(name), value(name)),
    number: (name) => required(name, readNumber(at(name), value(name))),
    texts: (name) => readList(at(name), value(name)).map((item, i) => readItem(`${at(name)}[${i}]`, item)),
    objects: (name) => readList(at(name), value(name)).map((item, i) => requestFields(item, `${at(name)}[${i}]`)),
    object: (name) => requestFields(required(name, value(name) ?? null), at(name)),
    optionalObject: (name) => requestFields(value(name) ?? {}, at(name)),
    optionalFlag: (name) => readFlag(at(name), value(name)),
    choice: (name, names) => readChoice(at(name), value(name), names),
  };
  return fields;
}

/** The query of a GET as a body; the names in `lists` give lists, also when they stand once. */
export function queryBody(query: URLSearchParams, lists: readonly string[] = []): Readonly<Record<string, unknown>> {
  const names = [...new Set(query.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = query.getAll(name);
      return [name, lists.includes(name) || values.length > 1 ? values : values[0]];
    }),
  );
}

function readText(path: string, value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value !== "string") throw invalidValue(path, value, "want a string.");
  return value;
}

function readItem(path: string, value: unknown): string {
  const text = readText(path, value ?? undefined);
  if (text === null) throw invalidValue(path, value, "want a string.");
  return text;
}

// protobuf takes 64-bit numbers as numbers or as strings; beyond 2^53 a JavaScript number would be another one.
function readWhole(path: string, value: unknown): number | null {
  if (value === undefined || value === "") return null;
  const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number)) throw invalidValue(path, value, "want a whole number.");
  if (!Number.isSafeInteger(number)) throw invalidValue(path, value, "want a whole number under 2^53.");
  return number;
}

const specialNumbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

function readNumber(path: string, value: unknown): number | null {
  if (value === undefined || value === "") return null;
  const number = typeof value === "string" ? numberFromText(value) : value;
  // JSON.parse makes an infinity of 1e400; a client that means infinity sends the string.
  const written = typeof value === "string" && Object.hasOwn(specialNumbers, value);
  if (typeof number !== "number" || !(written || Number.isFinite(number))) {
    throw invalidValue(path, value, "want a 64-bit floating point number.");
  }
  return number;
}

function numberFromText(text: string): number | null {
  if (Object.hasOwn(specialNumbers, text)) return specialNumbers[text] ?? null;
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : null;
}

function readFlag(path: string, value: unknown): boolean | null {
  if (value === undefined) return null;
  if (typeof value !== "boolean") throw invalidValue(path, value, "want true or false.");
  return value;
}

function readList(path: string, value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalidValue(path, value, "want a list.");
  return value;
}

function readChoice<T extends string>(path: string, value: unknown, names: readonly T[]): T | null {
  const text = readText(path, value);
  if (text === null || text === "") return null;
  const found = names.find((name) => name === text);
  if (found === undefined) throw invalidValue(path, text, `want one of ${names.join(", ")}.`);
  return found;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
