import { posix } from "node:path";
import { fileSource, formatOf, type TableFormat, tableHead } from "../frame/index.ts";
import { type Commit, commitsThatChanged, filesAt } from "../git/index.ts";
import { drawable } from "../host/index.ts";
import { md5Pattern, type Project } from "../store/index.ts";
import { isCached, objectPath } from "./cached-content.ts";
import { type DataOut, dataOuts, workspaceFiles } from "./remote/index.ts";
import { openRepository } from "./repository.ts";
import { tableMeta } from "./table-meta.ts";
import { MissingDataError } from "./version-error.ts";

/** One version of some data, as a commit has it. */
export interface DataHistoryEntry {
  /** The commit that recorded it, 40 hex digits; null for what is not committed. */
  readonly rev: string | null;
  /** null where the commit took the data away. */
  readonly md5: string | null;
  readonly bytes: number | null;
  readonly files: number | null;
  /** Of a table; null where that is not known. */
  readonly rows: number | null;
  readonly author: string;
  /** Unix time in ms; null for what is not committed. */
  readonly timeMs: number | null;
  readonly message: string;
  readonly tags: readonly string[];
}

/** The versions of some data that git's commits record, newest first. */
export class DataHistory {
  readonly kind: "data-history" = "data-history";
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly versions: readonly DataHistoryEntry[];

  constructor(path: string, versions: readonly DataHistoryEntry[]) {
    this.path = path;
    this.versions = versions;
  }
}

drawable(DataHistory.prototype, "data-history");

/** Versions that are looked for at most. */
const most = 1000;
/** Files that are opened to count their rows, and their size at most. */
const countedVersions = 100;
const countedBytes = 64 * 1024 * 1024;

/**
 * The versions of some data with their commits, newest first; rows are counted where the cache has the file.
 *
 * @param path from the project's root, with `/`
 * @throws {MissingDataError} no commit and no file records it
 */
export async function historyOf(project: Project, path: string): Promise<DataHistory> {
  const entries = recordedVersions(project, path, most);
  if (entries.length === 0) {
    throw new MissingDataError(
      path,
      `Nothing records ${path}, now or in a commit. Version it first: version("${path}").`,
    );
  }
  const counted: DataHistoryEntry[] = [];
  for (const [i, entry] of entries.entries()) {
    const rows = entry.rows ?? (i < countedVersions ? await rowsOf(project, path, entry) : null);
    counted.push({ ...entry, rows });
  }
  return new DataHistory(path, counted);
}

async function rowsOf(project: Project, path: string, { md5, bytes }: DataHistoryEntry): Promise<number | null> {
  const format = formatOf(path);
  if (md5 === null || !md5Pattern.test(md5) || (bytes ?? 0) > countedBytes) return null;
  const repository = openRepository(project);
  if (format === "npy" || format === "text" || format === "bytes" || !isCached(repository, md5, "md5")) return null;
  const source = await fileSource(objectPath(repository, md5, "md5"));
  try {
    return (await tableHead({ source, path, format: format satisfies TableFormat }, 0))?.rows ?? null;
  } catch {
    // A version that cannot be read has no rows to tell; it is a version all the same.
    return null;
  } finally {
    await source.close();
  }
}

/** The same without counting: what the records say. At most `limit` commits are looked at. */
export function recordedVersions(project: Project, path: string, limit: number): readonly DataHistoryEntry[] {
  const files = workspaceFiles(project);
  const now = dataOuts(files).find((out) => out.path === path) ?? null;
  const record = now?.file ?? `${path}.dvc`;
  const beside = record.endsWith(".dvc") ? [] : [posix.join(posix.dirname(record), "dvc.lock")];
  const commits = commitsThatChanged(project.root, [record, ...beside], limit);
  const places = commits.flatMap(({ commit }) => [record, ...beside].map((file) => ({ commit, path: file })));
  const texts = filesAt(project.root, places).map((bytes) => bytes?.toString("utf8") ?? null);
  const each = 1 + beside.length;
  const versions = commits.map((commit, i) => {
    const own = new Map([record, ...beside].map((file, k) => [file, texts[i * each + k] ?? null]));
    return entryOf(path, commit, { paths: [record], read: (file) => own.get(file) ?? null });
  });
  const current = now === null ? [] : [{ ...entry(now, files.read(record)), ...uncommitted }];
  return [...current, ...versions].filter((version, i, all) => {
    const before = all[i + 1];
    // What is committed as it lies here is told by its commit, and a commit that changed something else is none of the data's.
    if (version.rev === null) return before?.md5 !== version.md5;
    return before === undefined ? version.md5 !== null : before.md5 !== version.md5;
  });
}

const uncommitted = { rev: null, author: "", timeMs: null, message: "not committed", tags: [] } as const;

interface RecordFiles {
  readonly name?: string;
  readonly paths: readonly string[];
  read(path: string): string | null;
}

function entryOf(path: string, commit: Commit, files: RecordFiles): DataHistoryEntry {
  const { author, timeMs, message, tags } = commit;
  const told = { rev: commit.commit, author, timeMs, message, tags };
  const text = files.read(files.paths[0] ?? "");
  const out = text === null ? null : dataOuts({ name: commit.commit, ...files }).find((one) => one.path === path);
  return { ...(out == null ? nothing : entry(out, text)), ...told };
}

const nothing = { md5: null, bytes: null, files: null, rows: null } as const;

function entry(out: DataOut, text: string | null): Pick<DataHistoryEntry, "md5" | "bytes" | "files" | "rows"> {
  const meta = text !== null && out.stage === null ? tableMeta(text, out) : null;
  return { md5: out.md5, bytes: out.bytes, files: null, rows: meta?.rows ?? null };
}
