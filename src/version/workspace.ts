import { lstatSync, type Stats, statSync } from "node:fs";
import type { HashName } from "../format/index.ts";
import type { DvcIgnore } from "./dvc-ignore.ts";
import { hashFiles } from "./hash-files.ts";
import { readKnownDigests, type SeenFile, writeKnownDigests } from "./known-digests.ts";
import { type FoundFile, listFiles } from "./list-files.ts";
import type { Repository } from "./repository.ts";

/** Data as it lies in the folder now. */
export type Workspace =
  | { readonly kind: "missing" }
  | { readonly kind: "file" | "folder"; readonly files: readonly SeenFile[] };

export interface WorkspacePlace {
  readonly repository: Repository;
  readonly rules: DvcIgnore;
  readonly absolute: string;
  readonly path: string;
}

/** Reads what lies at a path; files that did not change since they were last seen are not read again. */
export async function readWorkspace(
  place: WorkspacePlace,
  hash: HashName,
  signal: AbortSignal | null = null,
): Promise<Workspace> {
  const stat = statSync(place.absolute, { throwIfNoEntry: false });
  if (stat === undefined || !(stat.isFile() || stat.isDirectory())) return { kind: "missing" };
  const found = stat.isDirectory() ? listFiles(place, place.rules) : [fileAt(place.absolute, stat)];
  const files = await digestsOf(place, { found, hash }, signal);
  return { kind: stat.isDirectory() ? "folder" : "file", files };
}

function fileAt(absolute: string, stat: Stats): FoundFile {
  return { relpath: "", absolute, stat };
}

async function digestsOf(
  place: WorkspacePlace,
  wanted: { readonly found: readonly FoundFile[]; readonly hash: HashName },
  signal: AbortSignal | null,
): Promise<readonly SeenFile[]> {
  const { found, hash } = wanted;
  const { project } = place.repository;
  const seenMs = Date.now();
  const known = hash === "md5" ? readKnownDigests(project, place.path) : null;
  const digests = found.map((file) => known?.get(file.relpath, file.stat) ?? null);
  const fresh = found.filter((_, i) => digests[i] === null);
  const jobs = fresh.map((file) => ({ absolute: file.absolute, size: file.stat.size }));
  const hashed = await hashFiles(jobs, hash, signal);
  let next = 0;
  const seen = found.map(({ relpath, stat }, i) => ({ relpath, stat, md5: digests[i] ?? hashed[next++] ?? "" }));
  if (known !== null && fresh.length > 0) writeKnownDigests({ project, path: place.path }, seen, seenMs);
  return seen;
}

/** Whether a symbolic link stands at a path, wherever it leads. */
export function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
