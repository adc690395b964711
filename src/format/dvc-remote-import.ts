import { createHash } from "node:crypto";
import type { AddedOut, DvcDep } from "./dvc-file.ts";
import { addedFields } from "./dvc-file.ts";
import { pythonJson } from "./python-text.ts";
import { printYaml } from "./yaml-print.ts";
import type { YamlMap, YamlValue } from "./yaml-value.ts";

/** A `.dvc` file that `dvc import` or `dvc import-url` writes. */
export interface DvcImport {
  readonly dep: DvcDep;
  /** The name of the output beside the file, and its content; null where that was not downloaded. */
  readonly out: { readonly path: string; readonly content: Omit<AddedOut, "path"> | null };
  /** Whether the source was looked at: without, there is no checksum of the file yet (`--no-exec`). */
  readonly seen: boolean;
}

/** The file's mapping, in DVC's order. */
export function importFields(record: DvcImport): YamlMap {
  const body = { frozen: true, deps: [depFields(record.dep)], outs: [outFields(record)] };
  return record.seen ? { md5: stageChecksum(body), ...body } : body;
}

/** The bytes of a new file. */
export function printDvcImport(record: DvcImport): string {
  return printYaml(importFields(record));
}

function depFields({ path, content, repo }: DvcDep): YamlMap {
  if (repo === null) {
    const { fs_config: config = null, ...hashes } = content as Readonly<Record<string, YamlValue>>;
    return { ...hashes, hash: "md5", path, ...(config === null ? {} : { fs_config: config }) };
  }
  const { url, rev, revLock, config, remote } = repo;
  return {
    path,
    repo: {
      url,
      ...(rev === null ? {} : { rev }),
      ...(revLock === null ? {} : { rev_lock: revLock }),
      ...(config === null ? {} : { config }),
      ...(remote === null ? {} : { remote }),
    },
  };
}

function outFields({ out: { path, content } }: DvcImport): YamlMap {
  return content === null ? { hash: "md5", path } : { ...addedFields({ path, ...content }), path };
}

const left = new Set("desc type labels meta locked frozen metric persist isexec size nfiles".split(" "));

/** What DVC tells a changed import file by (dvc/stage/utils.py, compute_md5): all that is no description, as sorted JSON. */
export function stageChecksum(fields: YamlMap): string {
  return createHash("md5")
    .update(pythonJson(fields, { sorted: true, without: left }))
    .digest("hex");
}
