import { entryDigest, entryHash, type HashName } from "./dvc-entry.ts";
import { Fields } from "./fields.ts";
import { FormatError } from "./format-error.ts";
import { pathFault } from "./relative-path.ts";
import { readYaml } from "./yaml-parse.ts";
import { printYaml } from "./yaml-print.ts";
import type { YamlMap, YamlValue } from "./yaml-value.ts";

/** One output of a `.dvc` file. */
export interface DvcOut {
  /** From the `.dvc` file's folder (and its `wdir`), with `/`. */
  readonly path: string;
  /** 32 hex digits, with `.dir` for a folder; null before the first `dvc commit`. */
  readonly md5: string | null;
  readonly hash: HashName;
  /** Bytes, of all files for a folder. */
  readonly size: number | null;
  /** Files of a folder; null for a file. */
  readonly nfiles: number | null;
  readonly isexec: boolean;
  /** false: DVC tracks the output, but keeps no copy. */
  readonly cache: boolean;
  readonly desc: string | null;
  /** Kept by a cloud's own versions, not by content. Read only. */
  readonly cloud: boolean;
  /** The remote that keeps it, where it is not the default one. */
  readonly remote: string | null;
  /** false: it stays out of every remote. */
  readonly push: boolean;
}

/** Where the data of an import comes from. */
export interface DvcDep {
  /** A URL, a path outside of the project, or a path in the repository {@link repo}. */
  readonly path: string;
  /** The keys that say what the source held: `md5`, `etag` or `checksum`, `size`, `nfiles`, `hash`; in the file's order. */
  readonly content: YamlMap;
  readonly repo: DvcRepo | null;
}

/** The git repository of an import. */
export interface DvcRepo {
  readonly url: string;
  readonly rev: string | null;
  /** The commit that was imported; null before that. */
  readonly revLock: string | null;
  readonly config: YamlValue;
  readonly remote: YamlValue;
}

/** A `.dvc` file. */
export interface DvcFile {
  readonly outs: readonly DvcOut[];
  readonly wdir: string | null;
  readonly desc: string | null;
  readonly meta: YamlValue;
  /** Made by `dvc import…`: the data comes from elsewhere, and is updated from there. */
  readonly imported: boolean;
  readonly deps: readonly DvcDep[];
  readonly frozen: boolean;
}

const fileKeys = new Set(["md5", "cmd", "wdir", "deps", "outs", "locked", "frozen", "meta", "always_changed", "desc"]);

// dvc/output.py: SCHEMA with ARTIFACT_SCHEMA, CHECKSUMS_SCHEMA, META_SCHEMA and the flags.
const outKeys = new Set(
  (
    "path md5 etag checksum hash size nfiles isexec version_id cloud files fs_config " +
    "desc type labels meta cache metric plot persist remote push"
  ).split(" "),
);

/**
 * What a `.dvc` file says.
 *
 * @param path of the file, for messages
 * @throws {FormatError} "cases.csv.dvc:2: outs[0].md5: want 32 hex digits, got 31"
 */
export function parseDvcFile(text: string, path: string): DvcFile {
  const source = readYaml(text, path);
  const fields = new Fields(source.value ?? {}, source, { file: path });
  fields.only(fileKeys);
  return {
    outs: fields.list("outs").map(parseOut),
    wdir: fields.text("wdir"),
    desc: fields.text("desc"),
    meta: (fields.get("meta") ?? null) as YamlValue,
    imported: fields.list("deps").length > 0,
    deps: fields.list("deps").map(parseDep),
    frozen: fields.flag("frozen", fields.flag("locked", false)),
  };
}

function parseOut(fields: Fields): DvcOut {
  fields.only(outKeys);
  const path = fields.requiredText("path").replace(/^\.\//, "").replace(/\/$/, "");
  const fault = pathFault(path);
  if (fault !== null)
    throw fields.fault(["path"], `"${path}" ${fault}; only paths below the file's own folder are read`);
  const cloud = fields.get("cloud") !== undefined || fields.get("files") !== undefined;
  return {
    path,
    md5: entryDigest(fields),
    hash: entryHash(fields),
    size: fields.count("size"),
    nfiles: fields.count("nfiles"),
    isexec: fields.flag("isexec", false),
    cache: fields.flag("cache", true),
    desc: fields.text("desc"),
    cloud,
    remote: fields.text("remote"),
    push: fields.flag("push", true),
  };
}

function parseDep(fields: Fields): DvcDep {
  const content = fields.keys().filter((key) => key !== "path" && key !== "repo");
  const repo = fields.fields("repo");
  return {
    path: fields.requiredText("path"),
    content: Object.fromEntries(content.map((key) => [key, fields.get(key) as YamlValue])),
    repo: repo === null ? null : parseRepo(repo),
  };
}

function parseRepo(fields: Fields): DvcRepo {
  return {
    url: fields.requiredText("url"),
    rev: fields.text("rev"),
    revLock: fields.text("rev_lock"),
    config: (fields.get("config") ?? null) as YamlValue,
    remote: (fields.get("remote") ?? null) as YamlValue,
  };
}

/** What `dvc add` records of a file or folder that is in the cache. */
export interface AddedOut {
  readonly path: string;
  readonly md5: string;
  /** null where only a part of a folder was looked at. */
  readonly size: number | null;
  readonly nfiles: number | null;
  readonly isexec: boolean;
}

/** A new `.dvc` file, in the order and bytes of `dvc add`. */
export function printDvcFile(out: AddedOut): string {
  return printYaml({ outs: [{ ...addedFields(out), path: out.path }] });
}

/** The keys that `dvc add` sets in an entry, in its order, without the path. */
export function addedFields(out: AddedOut): { readonly [key: string]: YamlValue } {
  if (!/^[0-9a-f]{32}(\.dir)?$/.test(out.md5)) throw new FormatError(`"${out.md5}" is no MD5; want 32 hex digits`);
  return {
    md5: out.md5,
    ...(out.size === null ? {} : { size: out.size }),
    ...(out.nfiles === null ? {} : { nfiles: out.nfiles }),
    ...(out.isexec ? { isexec: true } : {}),
    hash: "md5",
  } satisfies YamlMap;
}
