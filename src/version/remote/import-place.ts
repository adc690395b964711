import { existsSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { openObjects, type Project, temporaryName } from "../../store/index.ts";
import { readDvcIgnore } from "../dvc-ignore.ts";
import { keepContent, type OutContent } from "../out-content.ts";
import { openRepository, type Repository } from "../repository.ts";
import { resolveTarget, type Target } from "../target.ts";
import { outsAround } from "../tracked-outs.ts";
import { DataPathError, MissingDataError, OverlapError } from "../version-error.ts";
import { remotesOf } from "./remotes.ts";
import { upload } from "./upload.ts";
import { nameOf } from "./url-source.ts";
import { wantedObjects } from "./wanted-objects.ts";

export interface ImportOptions {
  /** Where the data goes, relative to the working folder; the source's own name there without it. */
  readonly out?: string;
  /** What relative paths are relative to; the project's root without it. */
  readonly folder?: string;
  /** Replaces what stands at the place. */
  readonly force?: boolean;
  /** `record`: only writes down where it comes from. `look`: also what it holds there. `remote`: straight to a remote. */
  readonly only?: "record" | "look" | "remote";
  /** The remote for `only: "remote"`. */
  readonly remote?: string;
  /** Transfers at once; what suits the source and the remote without it. */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
}

export interface Place {
  readonly project: Project;
  readonly repository: Repository;
  readonly folder: string;
  readonly target: Target;
  readonly dvcFile: string;
}

/**
 * Where an import goes.
 *
 * @throws {DataPathError} something stands there, and nobody said `force` @throws {OverlapError} another file versions it
 */
export function placeOf(project: Project, source: string, options: ImportOptions): Place {
  const folder = options.folder ?? project.root;
  const name = nameOf(source);
  const given = options.out ?? name;
  const isFolder = statSync(resolve(folder, given), { throwIfNoEntry: false })?.isDirectory() === true;
  const target = resolveTarget(project, folder, options.out !== undefined && isFolder ? join(given, name) : given);
  if (!existsSync(dirname(target.absolute))) {
    throw new MissingDataError(target.given, `The folder of ${target.given} does not exist; make it first.`);
  }
  if (existsSync(target.absolute) && options.force !== true) {
    throw new DataPathError(
      target.given,
      `The file '${target.given}' already exists locally. To override it, re-run with '--force'.`,
    );
  }
  const dvcFile = `${target.absolute}.dvc`;
  const other = outsAround(project, target.path).find((out) => out.dvcFile !== dvcFile);
  if (other !== undefined) {
    throw new OverlapError(
      target.given,
      `${target.given} is, holds or lies in ${other.path}, which ${relative(project.root, other.dvcFile)} versions. Choose another place: --out.`,
    );
  }
  return { project, repository: openRepository(project), folder, target, dvcFile };
}

/** What a transfer has to know of the options of an import. */
export function flowOf({
  signal,
  jobs,
}: Pick<ImportOptions, "signal" | "jobs">): Pick<ImportOptions, "signal" | "jobs"> {
  return { ...(signal === undefined ? {} : { signal }), ...(jobs === undefined ? {} : { jobs }) };
}

/** Puts what was brought into the cache; or into a remote, and takes it away here. */
export async function keep(place: Place, options: ImportOptions): Promise<OutContent> {
  const { project, repository, target } = place;
  const at = { repository, rules: readDvcIgnore(project.root), absolute: target.absolute, path: target.path };
  if (options.only !== "remote") return keepContent(at, flowOf(options));
  try {
    return await sendFrom(place, target.absolute, options);
  } finally {
    rmSync(target.absolute, { recursive: true, force: true });
  }
}

/** Puts what lies at a place into a remote, past the cache. */
export async function sendFrom(place: Place, absolute: string, options: ImportOptions): Promise<OutContent> {
  const { project, target } = place;
  const aside = openObjects(join(project.dvcFolder, "tmp", temporaryName()));
  const repository = { ...place.repository, cache: aside, linkTypes: ["copy" as const] };
  const at = { repository, rules: readDvcIgnore(project.root), absolute, path: target.path };
  try {
    const content = await keepContent(at, flowOf(options));
    await sendAll(repository, { content, path: target.path }, options);
    return content;
  } finally {
    rmSync(aside.folder, { recursive: true, force: true });
  }
}

async function sendAll(
  repository: Repository,
  { content, path }: { readonly content: OutContent; readonly path: string },
  options: ImportOptions,
): Promise<void> {
  const remotes = remotesOf(repository, "import-url");
  try {
    const out = {
      ...{ path, file: "", stage: null, md5: content.md5, hash: "md5" as const, bytes: content.size, isexec: false },
      ...{ cache: true, remote: null, push: true, kind: "data" as const, deps: [], source: null },
    };
    const sets = await wantedObjects({ repository, remotes }, [{ out, part: null }], {
      remote: options.remote ?? null,
      loadListings: false,
      onMissing: () => {},
    });
    for (const set of sets) {
      const { failed } = await upload(repository, set, flowOf(options));
      if (failed[0] !== undefined) throw new DataPathError(path, `${path} was not sent: ${failed[0].message}`);
    }
  } finally {
    await remotes.close();
  }
}
