import { readFileSync } from "node:fs";
import {
  FormatError,
  isYamlMap,
  parseDvcFile,
  setYamlKey,
  type YamlMap,
  type YamlValue,
  yamlEntries,
} from "../format/index.ts";
import { type Project, writeDurable } from "../store/index.ts";
import { lockRepository } from "./repository-lock.ts";

/** What `meta:` of a `.dvc` file says of the table that was written: real DVC keeps it and does not look at it. */
export interface TableMeta {
  /** The file that it is about. */
  readonly md5: string;
  /** Digest of what the table holds, whatever the file's bytes are. */
  readonly logical: string;
  readonly rows: number | null;
}

const key = "stemma";

/** What a `.dvc` file's text says of a table; null when nothing, or of other content than the file records now. */
export function tableMeta(text: string, out: { readonly md5: string | null; readonly file: string }): TableMeta | null {
  if (!text.includes(`${key}:`)) return null;
  const own = fieldsOf(fieldsOf(parseDvcFile(text, out.file).meta).get(key));
  const [md5, logical, rows] = [own.get("md5"), own.get("logical"), own.get("rows")];
  // Somebody who adds other content with DVC leaves the note as it is: then it is about the past.
  if (typeof md5 !== "string" || typeof logical !== "string" || md5 !== out.md5) return null;
  return { md5, logical, rows: typeof rows === "number" ? rows : null };
}

function fieldsOf(value: YamlValue | undefined): ReadonlyMap<string, YamlValue> {
  if (value === undefined || !isYamlMap(value)) return new Map();
  return new Map([...yamlEntries(value)].map(([name, one]) => [String(name), one]));
}

/** Notes a table in the `.dvc` file that records it; a file whose `meta` is written in one line is left as it is. */
export async function writeTableMeta(project: Project, dvcFile: string, meta: TableMeta): Promise<void> {
  await lockRepository(project, async () => {
    const text = readFileSync(dvcFile, "utf8");
    const file = parseDvcFile(text, dvcFile);
    if (file.outs[0]?.md5 !== meta.md5) return;
    const note: YamlMap = { md5: meta.md5, logical: meta.logical, ...(meta.rows === null ? {} : { rows: meta.rows }) };
    const patched = withNote(text, file.meta, note);
    if (patched !== text) writeDurable(dvcFile, patched);
  });
}

function withNote(text: string, meta: YamlValue, note: YamlMap): string {
  if (!isYamlMap(meta)) return setYamlKey(text, ["meta"], { [key]: note });
  try {
    const without = setYamlKey(text, ["meta", key], undefined);
    return without.includes("meta:\n") && fieldsOf(parseDvcFile(without, "").meta).size === 0
      ? setYamlKey(setYamlKey(text, ["meta"], undefined), ["meta"], { [key]: note })
      : setYamlKey(without, ["meta", key], note);
  } catch (error) {
    if (error instanceof FormatError) return text;
    throw error;
  }
}
