import { existsSync } from "node:fs";
import { posix } from "node:path";
import { StemmaError } from "../error.ts";
import { type LockEntry, pythonRepr } from "../format/index.ts";
import { allCommits, headOf, openRevision, refNames } from "../git/index.ts";
import type { Project } from "../store/index.ts";
import { cachedBytes, cachedFiles, openRepository, type Repository } from "../version/index.ts";
import { type Files, revisionFiles, workspaceFiles } from "./files.ts";
import { loadPipelines, type Pipelines } from "./load-pipelines.ts";
import { PipelineError } from "./pipeline-error.ts";
import { dictStyle } from "./session.ts";
import { lockedOut } from "./stage-state.ts";

/** A project at a revision, with what DVC keeps beside what git keeps. */
export interface View {
  /** `workspace`, or as it was asked for. */
  readonly name: string;
  /** null for the folder itself. */
  readonly commit: string | null;
  readonly pipelines: Pipelines;
  /** Paths from the project's root, with `/`. */
  kind(path: string): "file" | "folder" | null;
  /** From the folder or git, else from the cache; null where neither has it. */
  read(path: string): Buffer | null;
  /** Whether it is an output, or a file of one: the cache should hold it. */
  isRecorded(path: string): boolean;
  /** The file itself, or the files of a folder. */
  expand(path: string): readonly string[];
}

/** @param revision of git, or `workspace` @throws {PipelineError} no such revision @throws {FormatError} */
export function openView(project: Project, revision: string): View {
  const files = revision === "workspace" ? workspaceFiles(project) : revisionFiles(project, revision);
  if (files === null) throw new PipelineError(`unknown Git revision '${revision}'`);
  const pipelines = loadPipelines({ project, files, style: dictStyle(project) });
  const outs = recordedOuts(pipelines);
  const repository = openRepository(project);
  return {
    name: revision,
    commit: files.commit,
    pipelines,
    kind: (path) => files.kind(path) ?? cachedKind(outs, path),
    read: (path) => (files.kind(path) === "file" ? files.read(path) : cachedFile({ repository, outs }, path)),
    isRecorded: (path) => ownerOf(outs, path) !== null,
    expand: (path) => expand({ repository, outs }, files, path),
  };
}

/** The cache does not hold the listing of a folder, in DVC's words, which its JSON answers hold. */
class FolderListingError extends StemmaError {
  override readonly name = "DataIndexDirError";

  constructor(path: string) {
    const parts = path.split("/").map((part) => pythonRepr(part));
    super("MISSING_OBJECT", `failed to load directory (${parts.join(", ")}${parts.length === 1 ? "," : ""})`);
  }
}

interface Recorded {
  readonly path: string;
  readonly entry: Pick<LockEntry, "md5" | "hash">;
}

function recordedOuts(pipelines: Pipelines): readonly Recorded[] {
  return pipelines.stages.flatMap((stage) =>
    stage.outs.flatMap((out, i): readonly Recorded[] => {
      const entry = stage.kind === "stage" ? lockedOut(stage, out) : (stage.record.outs[i] ?? null);
      return entry === null || out.path === null || entry.md5 === null ? [] : [{ path: out.path, entry }];
    }),
  );
}

interface Cached {
  readonly repository: Repository;
  readonly outs: readonly Recorded[];
}

function ownerOf(outs: readonly Recorded[], path: string): Recorded | null {
  return outs.find((out) => out.path === path || path.startsWith(`${out.path}/`)) ?? null;
}

function cachedKind(outs: readonly Recorded[], path: string): "file" | "folder" | null {
  const owner = ownerOf(outs, path);
  if (owner === null) return outs.some((out) => out.path.startsWith(`${path}/`)) ? "folder" : null;
  return owner.path === path && owner.entry.md5?.endsWith(".dir") === true ? "folder" : "file";
}

function cachedFile({ repository, outs }: Cached, path: string): Buffer | null {
  const owner = ownerOf(outs, path);
  const { md5, hash } = owner?.entry ?? { md5: null, hash: "md5" as const };
  if (owner === null || md5 === null) return null;
  if (md5.endsWith(".dir") && !existsSync(repository.cache.pathOf(md5)) && hash === "md5") {
    throw new FolderListingError(owner.path);
  }
  return cachedBytes(repository, { md5, hash }, owner.path === path ? "" : path.slice(owner.path.length + 1));
}

function expand({ repository, outs }: Cached, files: Files, path: string): readonly string[] {
  if (files.kind(path) === "folder") return files.below(path);
  const owner = ownerOf(outs, path);
  const { md5, hash } = owner?.entry ?? { md5: null, hash: "md5" as const };
  if (files.kind(path) !== null || owner?.path !== path || md5?.endsWith(".dir") !== true) return [path];
  return cachedFiles(repository, { md5, hash }).map((relpath) => posix.join(path, relpath));
}

export interface RevisionOptions {
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly allCommits?: boolean;
}

/** The folder, and the revisions that are asked for: by name, names of one commit together (dvc/repo/brancher.py). */
export function namedRevisions(project: Project, options: RevisionOptions): readonly (readonly [string, string])[] {
  // DVC has no name for the folder where no revisions are asked for.
  if (!Object.values(options).includes(true)) return [["", "workspace"]];
  const names = [
    ...(options.allBranches === true ? refNames(project.root, "heads") : []),
    ...(options.allTags === true ? refNames(project.root, "tags") : []),
    ...(options.allCommits === true ? allCommits(project.root) : []),
  ];
  const commits = new Map<string, string[]>();
  for (const name of names) {
    const commit = openRevision(project.root, name)?.commit;
    if (commit !== undefined) commits.set(commit, [...(commits.get(commit) ?? []), name]);
  }
  return [["workspace", "workspace"], ...[...commits].map(([commit, same]) => [same.join(","), commit] as const)];
}

/** The branch that is checked out; null without one. */
export function currentBranch(project: Project): string | null {
  return headOf(project.root)?.branch ?? null;
}

/** Whether there is a commit to compare with. */
export function hasCommits(project: Project): boolean {
  return openRevision(project.root, "HEAD") !== null;
}
