import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../store/index.ts";

/** A file or folder that nobody needs. */
export interface UnusedFile {
  readonly path: string;
  readonly bytes: number;
  /** False: a copy, a job's files, or what a killed process left. */
  readonly object: boolean;
}

/** What is still needed. */
export interface Used {
  readonly objects: ReadonlySet<string>;
  /** Ids of the runs that stay. */
  readonly runs: ReadonlySet<string>;
}

/** Files of flows below `stemma/` that nothing points to; no flow runs. */
export function unusedFiles({ stemmaFolder }: Project, { objects, runs }: Used): readonly UnusedFile[] {
  const store = join(stemmaFolder, "objects", "files", "md5");
  const kept = byDigest(store).filter(({ digest }) => !objects.has(digest));
  const copies = names(join(stemmaFolder, "files")).filter((digest) => !objects.has(digest));
  const outs = byDigest(join(stemmaFolder, "outs")).filter(({ digest }) => !objects.has(digest));
  const jobs = names(join(stemmaFolder, "slurm")).filter((run) => !runs.has(run));
  const prints = names(join(stemmaFolder, "prints")).filter((name) => !runs.has(name.replace(/\.jsonl$/, "")));
  const tries = names(join(stemmaFolder, "work"));
  return [
    ...kept.map(({ path, digest }) => ({ path, bytes: bytesIn(path), object: !digest.endsWith(".tmp") })),
    ...outs.map(({ path }) => path).map(copy),
    ...copies.map((name) => join(stemmaFolder, "files", name)).map(copy),
    ...jobs.map((name) => join(stemmaFolder, "slurm", name)).map(copy),
    ...prints.map((name) => join(stemmaFolder, "prints", name)).map(copy),
    ...tries.map((name) => join(stemmaFolder, "work", name)).map(copy),
  ];
}

function copy(path: string): UnusedFile {
  return { path, bytes: bytesIn(path), object: false };
}

// Two letters of the digest are a folder.
function byDigest(folder: string): readonly { readonly path: string; readonly digest: string }[] {
  return names(folder).flatMap((start) =>
    names(join(folder, start)).map((rest) => ({ path: join(folder, start, rest), digest: start + rest })),
  );
}

function names(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : [];
}

function bytesIn(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) return stat?.size ?? 0;
  return names(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}
