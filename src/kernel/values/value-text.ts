import { inspect, types } from "node:util";

interface Limits {
  /** Levels of objects in objects that are shown; -1 only names the value. */
  readonly depth: number;
  readonly maxArrayLength: number;
}

/** From what Node's console shows to what is always small. */
const ladder: readonly Limits[] = [
  { depth: 2, maxArrayLength: 100 },
  { depth: 2, maxArrayLength: 20 },
  { depth: 1, maxArrayLength: 100 },
  { depth: 1, maxArrayLength: 20 },
  { depth: 0, maxArrayLength: 100 },
];
/** Values within a value that a text may show. */
const mostParts = 3000;
const mostKeys = 500;
const mostLetters = 10_000;
/** What a value's own words may take. */
const mostText = 200_000;

/**
 * A value as Node's console would show it. What would be a text of megabytes is cut, and a last line says how much is shown
 * and how to see all.
 *
 * @param options the levels to show, where they are known; else as many as are readable
 */
export function valueText(value: unknown, options: Partial<Limits> = {}): string {
  const first = ladder.findIndex((limits) => fits(value, limits));
  const limits = { ...(ladder[first] ?? { depth: 0, maxArrayLength: 100 }), ...options };
  const text = inspect(first < 0 ? narrowed(value) : value, { ...limits, maxStringLength: mostLetters });
  const note = options.depth === undefined ? noteOf(value, limits, first) : "";
  return text.length <= mostText
    ? `${text}${note}`
    : `${text.slice(0, mostText)}…\n(${figure(mostText)} of ${figure(text.length)} characters.)`;
}

function noteOf(value: unknown, { maxArrayLength }: Limits, rung: number): string {
  if (typeof value === "string")
    return value.length > mostLetters
      ? `\n(${figure(mostLetters)} of ${figure(value.length)} characters. All: console.log(value))`
      : "";
  if (typeof value !== "object" || value === null) return "";
  if (types.isPromise(value)) return inspect(value).includes("<pending>") ? "\n(Its value: await it.)" : "";
  const all = "console.dir(value, { depth: null, maxArrayLength: null })";
  const size = sizeOf(value);
  if (size > maxArrayLength) return `\n(${figure(maxArrayLength)} of ${figure(size)} items. All: ${all})`;
  if (rung < 0) return `\n(${figure(shownKeys)} of ${figure(Object.keys(value).length)} keys. All: ${all})`;
  return rung > 0 ? `\n(Not all levels. All: ${all})` : "";
}

const shownKeys = 100;

/** The first keys of an object that has too many. */
function narrowed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value).slice(0, shownKeys);
  const kept = keys.map((key) => [key, Object.getOwnPropertyDescriptor(value, key) ?? {}] as const);
  return Object.create(Object.getPrototypeOf(value), Object.fromEntries(kept));
}

/** Items of what has items, else 0. A Buffer's are shown in one line. */
function sizeOf(value: object): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map || value instanceof Set) return value.size;
  return ArrayBuffer.isView(value) && "length" in value && !Buffer.isBuffer(value) ? Number(value.length) : 0;
}

/** Whether what the limits show of a value has few enough parts. Runs no code of the value. */
function fits(value: unknown, { depth, maxArrayLength }: Limits): boolean {
  let left = mostParts;
  const waiting: { readonly item: unknown; readonly level: number }[] = [{ item: value, level: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { item, level } = next;
    left -= typeof item === "string" ? 1 + Math.min(item.length, mostLetters) / 100 : 1;
    if (left < 0 && level > 0) return false;
    if (typeof item !== "object" || item === null || level > depth || types.isProxy(item) || drawsItself(item))
      continue;
    const inside = partsOf(item, maxArrayLength);
    if (inside === null) return false;
    for (const part of inside) waiting.push({ item: part, level: level + 1 });
  }
  return true;
}

function drawsItself(value: object): boolean {
  return typeof Reflect.get(value, inspect.custom) === "function";
}

/** What inspect shows in an object; null where it would be too much. */
function partsOf(value: object, most: number): unknown[] | null {
  if (Array.isArray(value)) return value.slice(0, most);
  if (value instanceof Set) return [...firsts(value, most)];
  if (value instanceof Map) return [...firsts(value, most)].flat();
  if (ArrayBuffer.isView(value)) return [];
  const keys = Object.keys(value);
  if (keys.length > mostKeys) return null;
  return keys.map((key) => Object.getOwnPropertyDescriptor(value, key)?.value as unknown);
}

function* firsts<T>(items: Iterable<T>, most: number): Generator<T> {
  let count = 0;
  for (const item of items) {
    if (++count > most) return;
    yield item;
  }
}

function figure(value: number): string {
  return value.toLocaleString("en");
}
