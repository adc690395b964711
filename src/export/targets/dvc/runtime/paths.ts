/**
 * Paths in results. A file of the project has another absolute path on each machine, and the result stays the same: its
 * text says `{"~":["path","data/cases.csv"]}`.
 *
 * This file is copied into exported projects: it imports its neighbours and Node's own modules, nothing else.
 */
import { resolve, sep } from "node:path";
import type { Beside } from "./codec.ts";

class ProjectPath {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/** A value whose paths of the project's files go along with the project. */
export function movable(value: unknown): unknown {
  return changed(value, (path) => new ProjectPath(path), new Set());
}

/** A value whose paths of the project's files are from its folder. */
export function plainPaths(value: unknown): unknown {
  return changed(value, (path) => path, new Set());
}

/** What reads such paths, before what reads other parts. */
export function readPath(parts: Beside | null): Beside {
  return {
    write: (part, path) => (part instanceof ProjectPath ? ["path", part.path] : (parts?.write(part, path) ?? null)),
    read: (words) => (words[0] === "path" ? resolve(String(words[1])) : parts?.read(words)),
  };
}

type Change = (path: string) => unknown;

// What holds no such path is left as it is: the very object.
function changed(value: unknown, change: Change, open: Set<object>): unknown {
  if (typeof value === "string") return fromFolder(value, change);
  if (typeof value !== "object" || value === null || open.has(value)) return value;
  open.add(value);
  const made = inside(value, (one) => changed(one, change, open));
  open.delete(value);
  return made;
}

function fromFolder(text: string, change: Change): unknown {
  const folder = process.cwd() + sep;
  return text.startsWith(folder) && !/[\0\n]/.test(text)
    ? change(text.slice(folder.length).split(sep).join("/"))
    : text;
}

function inside(value: object, change: (one: unknown) => unknown): unknown {
  if (value instanceof Map) {
    const pairs: unknown[] = [];
    for (const [key, one] of value) pairs.push(key, one);
    const changes = pairs.map(change);
    if (changes.every((one, i) => Object.is(one, pairs[i]))) return value;
    return new Map(Array.from(value, (_, i) => [changes[2 * i], changes[2 * i + 1]]));
  }
  if (value instanceof Set) {
    const items = [...value].map(change);
    return items.every((one) => value.has(one)) ? value : new Set(items);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    const items = value.map(change);
    if (items.every((one, i) => Object.is(one, value[i]))) return value;
    // A list with a property of its own is left for the text to refuse.
    return Object.keys(value).every((key) => Object.hasOwn(items, key)) ? items : value;
  }
  if (prototype !== null && prototype !== Object.prototype) return value;
  return fieldsOf(value, prototype, change);
}

// A getter or hidden property is left for the text to refuse.
function fieldsOf(value: object, prototype: object | null, change: (one: unknown) => unknown): object {
  const fields = Object.getOwnPropertyDescriptors(value);
  let differs = false;
  for (const field of Object.values(fields)) {
    if (!("value" in field)) return value;
    const one = change(field.value);
    differs ||= !Object.is(one, field.value);
    field.value = one;
  }
  return differs ? Object.create(prototype, fields) : value;
}
