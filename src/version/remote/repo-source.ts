import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix, resolve } from "node:path";
import { promisify } from "node:util";
import { StemmaError } from "../../error.ts";
import { type DirEntry, type HashName, parseDvcConfig, pathFault } from "../../format/index.ts";
import { openRevision, type Revision } from "../../git/index.ts";
import { type Objects, openObjects, type Project, temporaryName, withoutPassword } from "../../store/index.ts";
import { objectPath } from "../cached-content.ts";
import { type DataOut, dataOuts } from "../data-outs.ts";
import { type Placement, placeFiles } from "../place-file.ts";
import { committedFiles, workingFiles } from "../project-files.ts";
import { openRepository, type Repository } from "../repository.ts";
import { DataPathError } from "../version-error.ts";
import { download } from "./download.ts";
import { type OpenRemotes, remotesOf } from "./remotes.ts";
import { configWith, type RepoSettings } from "./repo-settings.ts";
import { loadListing, type WantedObject } from "./wanted-objects.ts";

/** A git repository at one commit, with the data that DVC keeps for it. */
export interface RepoSource {
  /** 40 hex digits. */
  readonly commit: string;
  readonly url: string;
  /** The repository of the data, opened where its clone or folder is. */
  readonly repository: Repository;
  readonly revision: Revision;
  readonly outs: readonly DataOut[];
  readonly remotes: OpenRemotes;
  readonly remote: string | null;
  /** @throws {DataPathError} neither git nor DVC has a file or folder of this path */
  check(path: string): void;
  close(): Promise<void>;
}

/** git did not give the repository, or not the commit. */
export class CloneError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("CLONE", message, options);
  }
}

export interface RepoOptions {
  readonly rev: string | null;
  /** What a path is relative to. */
  readonly folder: string;
  /** Remote of the repository to get data from; its default one for null. */
  readonly remote: string | null;
  /** What an import says besides what the repository says itself. */
  readonly settings?: RepoSettings;
}

/** Opens a git repository: a folder is read where it is, an address is cloned into a folder that goes when it is closed. */
export async function openRepoSource(url: string, options: RepoOptions): Promise<RepoSource> {
  const local = resolve(options.folder, url);
  const here = !/^[a-z][a-z0-9+.-]*:\/\//i.test(url) && existsSync(local);
  const clone = here ? null : mkdtempSync(join(tmpdir(), "stemma-clone-"));
  const root = here ? local : (clone ?? local);
  try {
    if (clone !== null) await cloneInto(url, clone);
    const revision = openRevision(root, options.rev ?? "HEAD");
    if (revision === null)
      throw new CloneError(`unknown Git revision '${options.rev ?? "HEAD"}' in ${withoutPassword(url)}`);
    const project: Project = { root, stemmaFolder: join(root, "stemma"), dvcFolder: join(root, ".dvc") };
    const own = here ? openRepository(project) : clonedRepository(project, revision);
    const { settings } = options;
    const repository =
      settings === undefined ? own : { ...own, config: configWith(own.config, settings, options.folder) };
    const files = here && options.rev === null ? workingFiles(project) : committedFiles(revision);
    const outs = dataOuts(files);
    const remotes = remotesOf(repository, "import");
    return {
      ...{ commit: revision.commit, url, repository, revision, outs, remotes, remote: options.remote },
      check: (path) => checkPath({ url, revision, outs }, path),
      async close() {
        await remotes.close();
        if (clone !== null) rmSync(clone, { recursive: true, force: true });
      },
    };
  } catch (error) {
    if (clone !== null) rmSync(clone, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The commit that a repository has under a name now; a repository elsewhere is only asked, not cloned.
 *
 * @param rev branch, tag or commit; the default branch for null
 * @throws {CloneError} no answer, or it has no such name
 */
export async function commitAt(url: string, rev: string | null, folder: string): Promise<string> {
  const local = resolve(folder, url);
  const unknown = new CloneError(`unknown Git revision '${rev ?? "HEAD"}' in ${withoutPassword(url)}`);
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url) && existsSync(local)) {
    const found = openRevision(local, rev ?? "HEAD");
    if (found === null) throw unknown;
    return found.commit;
  }
  const refs = new Map(
    (await git(url, ["ls-remote", "--quiet", "--", url])).split("\n").map((line) => {
      const [commit = "", name = ""] = line.split("\t");
      return [name, commit];
    }),
  );
  const name = rev ?? "HEAD";
  const names = [`refs/tags/${name}^{}`, `refs/tags/${name}`, `refs/heads/${name}`, name];
  const commit = names.map((one) => refs.get(one)).find((one) => one !== undefined);
  // A commit is itself for ever.
  if (commit === undefined && !/^[0-9a-f]{7,40}$/.test(name)) throw unknown;
  return commit ?? name;
}

const run = promisify(execFile);

async function cloneInto(url: string, folder: string): Promise<void> {
  await git(url, ["clone", "--quiet", "--bare", "--", url, folder]);
}

async function git(url: string, args: readonly string[]): Promise<string> {
  try {
    // Nobody is there to type a password.
    const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
    return (await run("git", args, { env, maxBuffer: 256 * 1024 * 1024 })).stdout;
  } catch (cause) {
    const said =
      String((cause as { readonly stderr?: unknown }).stderr ?? cause)
        .trim()
        .split("\n")
        .at(-1) ?? "";
    throw new CloneError(`Failed to clone repo '${withoutPassword(url)}' (${withoutPassword(said)})`, { cause });
  }
}

/** A clone's configuration is what its commit says; its cache is a folder of its own, which is empty. */
function clonedRepository(project: Project, revision: Revision): Repository {
  const repository = openRepository(project);
  const text = revision.read(".dvc/config")?.toString("utf8") ?? "";
  const config = new Map([...repository.config, ...parseDvcConfig(text, ".dvc/config")]);
  return { ...repository, config, cache: openObjects(join(project.root, "stemma-cache")) };
}

/** One file of a path in a repository. */
type RepoFile =
  | { readonly kind: "git"; readonly relpath: string; readonly path: string }
  | {
      readonly kind: "dvc";
      readonly relpath: string;
      readonly entry: DirEntry;
      readonly hash: HashName;
      readonly isexec: boolean;
    };

/** The outputs that are a path, hold it or lie in it. */
export function outsAt(outs: readonly DataOut[], path: string): readonly DataOut[] {
  return outs.filter(
    (out) => path === "" || out.path === path || out.path.startsWith(`${path}/`) || path.startsWith(`${out.path}/`),
  );
}

function checkPath(source: Pick<RepoSource, "url" | "revision" | "outs">, given: string): void {
  const path = posix.normalize(given).replace(/\/$/, "");
  const inGit = source.revision.paths.some((file) => file === path || file.startsWith(`${path}/`));
  if (inGit || outsAt(source.outs, path).length > 0 || path === ".") return;
  throw new DataPathError(
    given,
    `The path '${given}' does not exist in the repository ${withoutPassword(source.url)}, neither in git nor in DVC. See what there is: stemma list ${source.url}`,
  );
}

async function filesOf(source: RepoSource, given: string): Promise<readonly RepoFile[]> {
  const path = given === "." ? "" : posix.normalize(given).replace(/\/$/, "");
  const inside = (file: string): string => (path === "" ? file : file === path ? "" : file.slice(path.length + 1));
  const found: RepoFile[] = [];
  for (const out of outsAt(source.outs, path)) {
    const at = await source.remotes.getOrNone(out.remote ?? source.remote);
    const { entries } = await loadListing(source.repository, out, at);
    if (entries === null)
      throw new DataPathError(
        given,
        `The listing of ${out.path} is neither in the cache nor at the remote of ${source.url}.`,
      );
    for (const entry of entries) {
      const file = entry.relpath === "" ? out.path : `${out.path}/${entry.relpath}`;
      if (path !== "" && file !== path && !file.startsWith(`${path}/`)) continue;
      found.push({ kind: "dvc", relpath: inside(file), entry, hash: out.hash, isexec: out.isexec });
    }
  }
  for (const file of source.revision.paths) {
    if (path !== "" && file !== path && !file.startsWith(`${path}/`)) continue;
    found.push({ kind: "git", relpath: inside(file), path: file });
  }
  return found;
}

export interface BringOptions {
  /** Where objects are kept on the way. */
  readonly cache: Objects;
  /** Absolute; what stands there is replaced. */
  readonly target: string;
  readonly jobs?: number;
  readonly signal?: AbortSignal;
}

/** Brings a file or folder of a repository to a place, whole or not at all. */
export async function bringRepoData(source: RepoSource, path: string, options: BringOptions): Promise<void> {
  source.check(path);
  const files = await filesOf(source, path);
  const passing: Repository = { ...source.repository, cache: options.cache };
  await getObjects({ source, passing }, files, options);
  const aside = join(dirname(options.target), temporaryName());
  const placements: Placement[] = [];
  try {
    for (const file of files) {
      options.signal?.throwIfAborted();
      const fault = file.relpath === "" ? null : pathFault(file.relpath);
      if (fault !== null)
        throw new DataPathError(path, `"${file.relpath}" of ${source.url} ${fault}; nothing is written.`);
      const target = file.relpath === "" ? aside : join(aside, ...file.relpath.split("/"));
      mkdirSync(dirname(target), { recursive: true });
      if (file.kind === "git") {
        writeFileSync(target, source.revision.read(file.path) ?? Buffer.alloc(0));
        continue;
      }
      const { entry, hash, isexec } = file;
      placements.push({ object: objectPath(passing, entry.md5, hash), md5: entry.md5, hash, target, isexec });
    }
    const { signal } = options;
    await placeFiles(placements, { linkTypes: ["copy"], ...(signal === undefined ? {} : { signal }) });
    rmSync(options.target, { recursive: true, force: true });
    renameSync(aside, options.target);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** The objects come from the repository's own cache, where that is at hand, else from its remote. */
async function getObjects(
  { source, passing }: { readonly source: RepoSource; readonly passing: Repository },
  files: readonly RepoFile[],
  { jobs, signal }: BringOptions,
): Promise<void> {
  const wanted = new Map<string, WantedObject>();
  const here: { readonly from: string; readonly to: string; readonly digest: string }[] = [];
  for (const file of files) {
    if (file.kind === "git") continue;
    const { md5: digest } = file.entry;
    const to = objectPath(passing, digest, file.hash);
    if (existsSync(to)) continue;
    const from = objectPath(source.repository, digest, file.hash);
    if (file.hash === "md5" && existsSync(from)) here.push({ from, to, digest });
    else wanted.set(`${file.hash} ${digest}`, { digest, hash: file.hash, name: file.relpath, listings: new Set() });
  }
  await passing.cache.putFiles([...new Set(here.map(({ from }) => from))]);
  for (const { to } of here) if (existsSync(to)) chmodSync(to, 0o444);
  if (wanted.size === 0) return;
  const at = await source.remotes.get(source.remote);
  const { missing, failed } = await download(
    passing,
    { at, objects: wanted, loaded: { files: 0, bytes: 0 } },
    { ...(jobs === undefined ? {} : { jobs }), ...(signal === undefined ? {} : { signal }) },
  );
  const [lost] = [...missing, ...failed.map(({ path }) => path)];
  if (lost !== undefined)
    throw new DataPathError(lost, `${lost} is neither in the cache nor at the remote of ${source.url}.`);
}
