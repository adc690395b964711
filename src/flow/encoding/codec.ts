/**
 * Values as text and back, exactly: what a step returns, what a step is given.
 *
 * The text is JSON. What JSON cannot say is an object with the single key `~`: `{"~":["Date",0]}`. The same value gives
 * the same text; the order of keys is part of the value, because it is the order of a table's columns.
 * What cannot come back as it was (functions, class instances, promises, symbols, cycles) is refused, never stripped.
 *
 * This file is copied into exported projects: it imports its neighbours and Node's own modules, nothing else.
 */
import { constants } from "node:buffer";
import { inspect, types } from "node:util";
import { type Beside, CodecError, tag } from "./decode.ts";

export { type Beside, CodecError, decode } from "./decode.ts";

interface Walk {
  readonly open: Set<object>;
  readonly path: (string | number)[];
  readonly root: string;
  readonly beside: Beside | null;
}

/**
 * The canonical text of a value.
 *
 * Kept exactly: NaN, -0, infinities, undefined, holes, bigint, Date, RegExp, Map, Set, ArrayBuffer, typed arrays, Buffer.
 * An object that is met twice is written twice.
 *
 * @param root name of the value in messages
 * @param beside where tables, models and long arrays go; without it arrays are part of the text, and the others refused
 * @throws {CodecError} a part is no plain data: "result.model.fit is a function. Return plain data, …"
 */
export function encode(value: unknown, root = "result", beside: Beside | null = null): string {
  const walk: Walk = { open: new Set(), path: [], root, beside };
  try {
    return text(value, walk);
  } catch (error) {
    const limit = limitOf(error);
    if (limit === "depth") throw new CodecError(root, "is nested too deeply to be kept. Return a flat list.");
    if (limit === null) throw error;
    // Where the walk stood.
    const most = `${Math.floor(constants.MAX_STRING_LENGTH / 2 ** 20)} MB`;
    throw new CodecError(pathOf(walk), `is longer than ${most} as text. Write it to a file, and return file(path).`);
  }
}

// The engine tells its limits by their messages alone; Node's buffers have a code.
function limitOf(error: unknown): "depth" | "length" | null {
  if (!(error instanceof Error)) return null;
  if (Reflect.get(error, "code") === "ERR_STRING_TOO_LONG") return "length";
  if (!(error instanceof RangeError)) return null;
  if (/call stack/i.test(error.message)) return "depth";
  return /string length/i.test(error.message) ? "length" : null;
}

function text(value: unknown, walk: Walk): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return numberText(value);
    case "boolean":
      return value ? "true" : "false";
    case "undefined":
      return tagged("undefined");
    case "bigint":
      return tagged("bigint", JSON.stringify(String(value)));
    case "object":
      return value === null ? "null" : objectText(value, walk);
    default:
      return refuse(walk, `is a ${typeof value}. ${wayOut}`);
  }
}

const wayOut: string = "Return plain data (numbers, text, lists, records, dates, maps, sets, typed arrays).";

function numberText(value: number): string {
  if (!Number.isFinite(value)) return tagged(String(value));
  return Object.is(value, -0) ? tagged("-0") : String(value);
}

function tagged(name: string, ...parts: readonly string[]): string {
  return `{"${tag}":[${[JSON.stringify(name), ...parts].join(",")}]}`;
}

function objectText(value: object, walk: Walk): string {
  if (walk.open.has(value)) refuse(walk, "contains itself (a cycle). Return ids in place of the back reference.");
  walk.open.add(value);
  const written = Array.isArray(value)
    ? listText(value, walk)
    : (besideText(value, walk) ?? specialText(value, walk) ?? recordText(value, walk));
  walk.open.delete(value);
  return written;
}

function at(key: string | number, value: unknown, walk: Walk): string {
  walk.path.push(key);
  const written = text(value, walk);
  walk.path.pop();
  return written;
}

function listText(list: readonly unknown[], walk: Walk): string {
  if (className(list) !== "Array") refuse(walk, instanceOf(list));
  const extra = Reflect.ownKeys(list).find((key) => key !== "length" && !isIndex(key));
  if (extra !== undefined) refuse(walk, `is a list with a property of its own (${String(extra)}). Return a record.`);
  const items: string[] = [];
  for (let i = 0; i < list.length; i++) items.push(i in list ? at(i, list[i], walk) : tagged("hole"));
  return `[${items.join(",")}]`;
}

function isIndex(key: string | symbol): boolean {
  return typeof key === "string" && /^\d+$/.test(key);
}

function recordText(record: object, walk: Walk): string {
  const prototype: unknown = Object.getPrototypeOf(record);
  if (prototype !== null && !isObjectPrototype(prototype)) refuse(walk, instanceOf(record));
  const fields = ownFields(record, walk);
  if (prototype === null) return tagged("null prototype", ...fields.flat());
  if (fields.length === 1 && tag in record) return tagged("record", ...fields.flat());
  return `{${fields.map(([key, value]) => `${key}:${value}`).join(",")}}`;
}

// Own properties by their descriptors: a getter would be run, a hidden property lost.
function ownFields(record: object, walk: Walk): [string, string][] {
  return Reflect.ownKeys(record).map((key) => {
    if (typeof key === "symbol") return refuse(walk, `has the symbol ${String(key)} as a key. ${wayOut}`);
    const field = Object.getOwnPropertyDescriptor(record, key);
    if (field === undefined || !("value" in field)) return refuse(walk, `has a getter (${key}). ${wayOut}`);
    if (field.enumerable !== true) return refuse(walk, `has a hidden property (${key}). ${wayOut}`);
    return [JSON.stringify(key), at(key, field.value, walk)];
  });
}

// Cells and vm contexts have an Object.prototype of their own.
function isObjectPrototype(prototype: unknown): boolean {
  return (
    typeof prototype === "object" &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "isPrototypeOf")
  );
}

// Plain records, which most values are made of, are never asked about.
function besideText(value: object, walk: Walk): string | null {
  if (walk.beside === null || isObjectPrototype(Object.getPrototypeOf(value))) return null;
  const words = walk.beside.write(value, pathOf(walk));
  return words === null ? null : `{"${tag}":${JSON.stringify(words)}}`;
}

function specialText(value: object, walk: Walk): string | null {
  const kind = builtIn(value);
  if (kind === null) return null;
  const isBuffer = Buffer.isBuffer(value);
  const shown = isBuffer ? "Buffer" : kind;
  if (!isBuffer && className(value) !== kind) return refuse(walk, instanceOf(value));
  const extra = extraKey(value);
  if (extra !== null) return refuse(walk, `is a ${shown} with a property of its own (${String(extra)}). ${wayOut}`);
  if (isBuffer) return tagged("Buffer", base64(value));
  if (types.isDate(value)) return tagged(kind, numberText(value.getTime()));
  if (types.isRegExp(value))
    return tagged(kind, ...[value.source, value.flags, value.lastIndex].map((p) => JSON.stringify(p)));
  if (types.isMap(value)) return tagged(kind, ...[...value].map((pair, i) => at(i, pair, walk)));
  if (types.isSet(value)) return tagged(kind, ...[...value].map((item, i) => at(i, item, walk)));
  if (ArrayBuffer.isView(value))
    return tagged(kind, base64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
  return tagged(kind, base64(new Uint8Array(value as ArrayBuffer)));
}

// By the engine's own marks: true in every realm, and a class that only calls itself "Map" does not pass.
function builtIn(value: object): string | null {
  if (types.isTypedArray(value)) return value[Symbol.toStringTag];
  if (types.isDataView(value)) return "DataView";
  if (types.isDate(value)) return "Date";
  if (types.isRegExp(value)) return "RegExp";
  if (types.isMap(value)) return "Map";
  if (types.isSet(value)) return "Set";
  return types.isArrayBuffer(value) ? "ArrayBuffer" : null;
}

/** A property that a built-in value has besides what makes it one: it would be lost. Null: none. */
export function extraKey(value: object): string | symbol | null {
  if (types.isTypedArray(value) && !mayHaveExtra(value)) return null;
  const isOwn = types.isTypedArray(value) ? isIndex : types.isRegExp(value) ? isLastIndex : () => false;
  return Reflect.ownKeys(value).find((key) => !isOwn(key)) ?? null;
}

function isLastIndex(key: string | symbol): boolean {
  return key === "lastIndex";
}

/** Up to here the names of an array's indices are read faster than it is drawn. */
const fewItems = 512;

const drawing = {
  ...{ maxArrayLength: 0, depth: 0, breakLength: Number.POSITIVE_INFINITY },
  ...{ showHidden: true, customInspect: false, getters: false, colors: false },
} as const;

// All keys of a long array are its indices too: millions of strings. The engine draws the others without these.
function mayHaveExtra(value: NodeJS.TypedArray): boolean {
  if (value.length <= fewItems) return true;
  const Kind = Reflect.get(globalThis, value[Symbol.toStringTag]) as Uint8ArrayConstructor;
  const bare = new Kind(value.buffer as ArrayBuffer, value.byteOffset, value.length);
  Object.setPrototypeOf(bare, Object.getPrototypeOf(value));
  return inspect(value, drawing) !== inspect(bare, drawing);
}

function base64(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"));
}

function className(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  const maker = typeof prototype === "object" && prototype !== null ? Reflect.get(prototype, "constructor") : null;
  return typeof maker === "function" && maker.name !== "" ? maker.name : "nameless class";
}

// Tables are known by their shape: the codec must not import what a project may not have.
function instanceOf(value: object): string {
  if (types.isPromise(value)) return "is a promise. Await it before you return it.";
  if (types.isProxy(value)) return `is a proxy. ${wayOut}`;
  const name = className(value);
  if (name === "OnnxModel" || name === "InferenceSession")
    return `is an ONNX model that runs (${name}). Return its bytes or file(path), and open it in the next step.`;
  if (["toArrowIPC", "getChild", "iloc"].some((method) => typeof Reflect.get(value, method) === "function"))
    return `is a table (${name}), which has no place here. Give its rows: a list of records.`;
  if (value instanceof Error) return `is an error (${name}). Throw it, or return its message.`;
  return `is an instance of ${name}. ${wayOut}`;
}

function refuse(walk: Walk, what: string): never {
  throw new CodecError(pathOf(walk), what);
}

function pathOf({ root, path }: Walk): string {
  const keys = path.map((key) =>
    typeof key === "number" ? `[${key}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
  );
  return root + keys.join("");
}
