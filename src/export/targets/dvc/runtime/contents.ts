/**
 * What the notebook knows tables, models, long arrays and files by: their bytes as they were kept. The numbers that an item
 * of a map draws are made of these, and not of where its parts lie.
 *
 * This file is copied into exported projects: it imports its neighbours and Node's own modules, nothing else.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { arrayFile, isLongArray } from "./array-file.ts";
import { encode } from "./codec.ts";
import { printDir } from "./dvc-dir.ts";
import { isStepFile } from "./file.ts";
import { type ModelFiles, mayBeModel, modelFiles } from "./models.ts";
import { tableFile, tableKind } from "./tables.ts";

/** The words of a part in the notebook: its kind, and the MD5 of its bytes. */
export type Words = readonly unknown[];

/** Tables and models that were read or copied: to write them again may give other bytes. */
const known = new WeakMap<object, () => Words | Promise<Words>>();

/** Notes what a part that was read is known by. */
export function noteContent(part: unknown, words: () => Words): void {
  if (typeof part === "object" && part !== null) known.set(part, words);
}

/** Notes that one part is a copy of the other. */
export function noteCopy(part: unknown, of: object, path: string): void {
  if (typeof part === "object" && part !== null) known.set(part, known.get(of) ?? (() => written(of, path)));
}

/** The text of a value as the notebook makes seeds of it. */
export async function contentText(value: unknown, name: string): Promise<string> {
  const met = new Map<object, string>();
  const words = new Map<object, Words>();
  const write = (part: object, path: string): Words | null => {
    if (!isLongArray(part) && !isStepFile(part) && tableKind(part) === null && !mayBeModel(part)) return null;
    met.set(part, path);
    return words.get(part) ?? [];
  };
  const beside = { write, read: () => undefined };
  const text = encode(value, name, beside);
  if (met.size === 0) return text;
  for (const [part, path] of met) words.set(part, (await known.get(part)?.()) ?? (await written(part, path)));
  return encode(value, name, beside);
}

async function written(part: object, path: string): Promise<Words> {
  if (isLongArray(part)) {
    const { name, kind, bytes } = arrayFile(part);
    return [name, md5(bytes), kind];
  }
  if (isStepFile(part)) return fileWords(part.path);
  const kind = tableKind(part);
  if (kind === null) return modelWords(await modelFiles(part, path));
  const { bytes, words } = tableFile(part, { kind, path, folder: process.cwd() });
  return ["table", md5(bytes), kind, words];
}

/** The words of a model by its files. */
export function modelWords({ flavor, facts, files }: ModelFiles): Words {
  return ["model", ...files.map(([, bytes]) => md5(bytes)), files.map(([name]) => name), flavor, facts];
}

function fileWords(path: string): Words {
  const name = basename(path);
  if (!statSync(path).isDirectory()) {
    const bytes = readFileSync(path);
    return ["file", md5(bytes), name, bytes.length];
  }
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((one) => !one.isDirectory());
  const files = entries
    .map((entry) => join(entry.parentPath, entry.name))
    .map((one) => ({ one, read: readFileSync(one) }));
  const listing = files.map(({ one, read }) => ({
    relpath: one.slice(path.length + 1).replaceAll("\\", "/"),
    md5: md5(read),
  }));
  const bytes = files.reduce((sum, { read }) => sum + read.length, 0);
  return ["file", `${md5(printDir(listing))}.dir`, name, bytes];
}

/** MD5 in hex. */
export function md5(bytes: Uint8Array | string): string {
  return createHash("md5").update(bytes).digest("hex");
}
