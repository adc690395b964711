import { bytesHashed, type SeenFile as FileAsSeen, type PutFile } from "../store/index.ts";
import type { DvcIgnore } from "./dvc-ignore.ts";
import { hashFiles } from "./hash-files.ts";
import { readKnownDigests, type SeenFile, writeKnownDigests } from "./known-digests.ts";
import type { FoundFile } from "./list-files.ts";
import type { Repository } from "./repository.ts";
import type { Target } from "./target.ts";

/** Data that the cache holds and a `.dvc` file records. */
export interface AddedData {
  /** From the project's root, with `/`. */
  readonly path: string;
  /** 32 hex digits, with `.dir` for a folder. */
  readonly md5: string;
  readonly bytes: number;
  /** Files of a folder; 1 for a file. */
  readonly files: number;
  /** Whether the `.dvc` file recorded other content before, or none. */
  readonly changed: boolean;
  /** Files to commit to git, from the project's root: the `.dvc` file, and `.gitignore` when it was written to. */
  readonly written: readonly string[];
}

export interface AddOptions {
  /** The folder that the path is relative to; the project's root without it. */
  readonly folder?: string;
  /** false: only records the content, and keeps no copy yet. */
  readonly commit?: boolean;
  /** false: leaves the files as they are where the cache is set to links. */
  readonly relink?: boolean;
  /** Files of one's own keep their permissions, and links stay links; DVC gives each the permissions of a new file. */
  readonly keepModes?: boolean;
  /** A file of a versioned folder changes that folder's `.dvc` file; without it that is an error. */
  readonly parts?: boolean;
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  /** Told ten times a second while files are read. */
  readonly onProgress?: (progress: AddProgress) => void;
}

/** How far files are read that are to be versioned. */
export interface AddProgress {
  /** From the project's root, with `/`. */
  readonly path: string;
  /** Those that have to be read: what is known is not read again. */
  readonly files: number;
  readonly bytes: number;
  readonly totalBytes: number;
  readonly seconds: number;
}

/** A target in its repository. */
export interface AddWork {
  readonly repository: Repository;
  readonly target: Target;
  readonly rules: DvcIgnore;
}

/** Puts files into the cache; those that are known and there are not read. Without a commit they are only hashed. */
export async function putContents(
  work: AddWork,
  found: readonly FoundFile[],
  options: AddOptions,
): Promise<readonly SeenFile[]> {
  const { project, cache } = work.repository;
  const seenMs = Date.now();
  const known = readKnownDigests(project, work.target.path);
  const only = options.commit === false;
  const digests = held(
    only ? null : cache,
    found.map((file) => known.get(file.relpath, file.stat)),
  );
  const fresh = found.filter((_, i) => digests[i] === null);
  const { signal } = options;
  const put = await watched({ path: work.target.path, fresh }, options.onProgress ?? null, () =>
    only ? hashOnly(fresh) : cache.putFiles(fresh.map(asSeen), signal === undefined ? {} : { signal }),
  );
  let next = 0;
  const seen = found.map(({ relpath, stat }, i) => ({ relpath, stat, md5: digests[i] ?? put[next++]?.md5 ?? "" }));
  if (fresh.length > 0) writeKnownDigests({ project, path: work.target.path }, seen, seenMs);
  return seen;
}

const tellMs = 100;

/** Tells how far the reading is; from time to time, since others do it. */
async function watched<T>(
  { path, fresh }: { readonly path: string; readonly fresh: readonly FoundFile[] },
  onProgress: AddOptions["onProgress"] | null,
  work: () => Promise<T>,
): Promise<T> {
  if (onProgress === null || onProgress === undefined || fresh.length === 0) return work();
  const totalBytes = fresh.reduce((sum, { stat }) => sum + stat.size, 0);
  const [before, startMs] = [bytesHashed(), performance.now()];
  const tell = (): void => {
    const bytes = Math.min(bytesHashed() - before, totalBytes);
    onProgress({ path, files: fresh.length, bytes, totalBytes, seconds: (performance.now() - startMs) / 1000 });
  };
  const timer = setInterval(tell, tellMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    tell();
  }
}

/** The store throws FileChangedError when a file is another by then. */
function asSeen({ absolute, stat }: FoundFile): FileAsSeen {
  return { path: absolute, bytes: stat.size, mtimeMs: stat.mtimeMs };
}

async function hashOnly(fresh: readonly FoundFile[]): Promise<readonly PutFile[]> {
  const jobs = fresh.map(({ absolute, stat }) => ({ absolute, size: stat.size }));
  const digests = await hashFiles(jobs, "md5");
  return jobs.map(({ absolute, size }, i) => ({ path: absolute, md5: digests[i] ?? "", bytes: size }));
}

/** Known digests, without those that a cache has lost. */
function held(cache: Repository["cache"] | null, known: readonly (string | null)[]): readonly (string | null)[] {
  if (cache === null) return known;
  const there = cache.hasOf(known.filter((digest) => digest !== null));
  return known.map((digest) => (digest !== null && there.has(digest) ? digest : null));
}
