import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { errorFacts } from "../error.ts";
import { type HashName, printDvcFile } from "../format/index.ts";
import { factsOf } from "../lineage/index.ts";
import { md5File, type Project, writeDurable } from "../store/index.ts";
import type { RunRecord } from "../track/index.ts";
import {
  checkoutOuts,
  configFile,
  defaultRemote,
  editConfig,
  fetchData,
  isComplete,
  openRepository,
  type Repository,
  readConfig,
  readDvcIgnore,
  restoreContent,
} from "../version/index.ts";
import type { Origin } from "./origin.ts";
import type { Place } from "./place.ts";

/** A version of data, by its path from the project's root. */
export interface DataAt {
  readonly path: string;
  readonly md5: string;
}

const hashNames: readonly HashName[] = ["md5", "md5-dos2unix"];

/** The versions that runs used, each once. */
export function usedBy(project: Project, runs: readonly RunRecord[]): readonly DataAt[] {
  return distinct(
    runs.flatMap((run) => [
      ...run.inputs
        .filter(({ sourceType }) => sourceType === "dvc")
        .map(({ source, digest }) => ({ path: uriOf(source), md5: digest })),
      ...neighbours(project, run, "used"),
    ]),
  );
}

/** The versions that a run made. */
export function madeBy(project: Project, run: RunRecord): readonly DataAt[] {
  return distinct(neighbours(project, run, "made"));
}

function neighbours(project: Project, run: RunRecord, verb: "used" | "made"): readonly DataAt[] {
  return factsOf(project, { kind: "run", id: run.id }).flatMap((fact) =>
    fact.verb === verb && fact.entity.kind === "data" ? [{ path: fact.entity.path, md5: fact.entity.md5 }] : [],
  );
}

/**
 * The versions that the cells of a notebook took before a run ended: of each path the last. They may have taken one that they had
 * taken before: the first time is what is known.
 */
export function takenByCells(project: Project, { root, work, source }: Origin): readonly DataAt[] {
  if (work.kind !== "notebook") return [];
  const ids = new Set(work.cells.flatMap(({ id }) => (id === null ? [] : [id])));
  const facts = [...ids]
    .flatMap((cell) => factsOf(project, { kind: "cell", notebook: source, cell }))
    .filter(({ timeMs }) => timeMs <= (root.endMs ?? timeMs))
    .toSorted((a, b) => a.timeMs - b.timeMs);
  const last = new Map<string, DataAt>();
  for (const { entity } of facts)
    if (entity.kind === "data") last.set(entity.path, { path: entity.path, md5: entity.md5 });
  return [...last.values()];
}

function distinct(data: readonly DataAt[]): readonly DataAt[] {
  return [...new Map(data.map((one) => [`${one.path}\n${one.md5}`, one])).values()];
}

function uriOf(source: string): string {
  const { uri }: { readonly uri?: unknown } = Object(JSON.parse(source));
  return typeof uri === "string" ? uri : source;
}

/** What data lacks. */
export interface MadeData {
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

export interface WantedData {
  /** What the run used. */
  readonly used: readonly DataAt[];
  /** What its cells took; brought where nothing else says what lay there. */
  readonly taken: readonly DataAt[];
  readonly signal: AbortSignal;
}

/**
 * Brings data into a place: what its `.dvc` files record, and the versions that the run used. The cache is the project's own;
 * what is missing in it comes from the remote.
 */
export async function makeData(project: Project, place: Place, { used, taken, signal }: WantedData): Promise<MadeData> {
  const problems: string[] = [];
  if (!existsSync(project.dvcFolder)) {
    for (const one of used)
      if (!(await isThere(place, one))) problems.push(...lost(one, "the project has no .dvc/ any more"));
    return { problems, notes: [] };
  }
  configure(project, place.project);
  const { failed } = await checkoutOuts(place.project, { allowMissing: true, force: true, signal });
  for (const one of used) problems.push(...(await bring(place, one, signal)));
  const notes = await bringTaken(place, taken, signal);
  const wanted = new Set(used.map(({ path }) => path));
  const others = failed.map((path) => path.replace(/\/$/, "")).filter((path) => !wanted.has(path));
  const missing = others.map(
    (path) => `${path} is not in the cache, and not there; the run does not name it as its input.`,
  );
  return { problems, notes: [...notes, ...missing] };
}

async function bringTaken(place: Place, taken: readonly DataAt[], signal: AbortSignal): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const one of taken) {
    const absolute = join(place.project.root, one.path);
    if (!existsSync(absolute) && !existsSync(`${absolute}.dvc`)) notes.push(...(await bring(place, one, signal)));
  }
  return notes;
}

/** A file that git brought, as a stage's code is. */
async function isThere({ project }: Place, { path, md5 }: DataAt): Promise<boolean> {
  const file = join(project.root, path);
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true && (await md5File(file)) === md5;
}

async function bring(place: Place, one: DataAt, signal: AbortSignal): Promise<readonly string[]> {
  if (isAbsolute(one.path) || normalize(one.path).startsWith("..")) return lost(one, "it lay outside of the project");
  if (await isThere(place, one)) return [];
  const repository = openRepository(place.project);
  if (hashOf(repository, one) === null) {
    const trouble = await fetched(repository, one, signal);
    if (trouble !== null) return lost(one, trouble);
  }
  try {
    const absolute = join(place.project.root, one.path);
    mkdirSync(dirname(absolute), { recursive: true });
    const at = { repository, rules: readDvcIgnore(place.project.root), absolute, path: one.path };
    await restoreContent(
      at,
      { md5: one.md5, hash: hashOf(repository, one) ?? "md5", isexec: false },
      { force: true, signal },
    );
    return [];
  } catch (error) {
    if (signal.aborted) throw error;
    return lost(one, errorFacts(error).message);
  }
}

/** The part of the cache that holds a version in full. */
function hashOf(repository: Repository, { md5 }: DataAt): HashName | null {
  return hashNames.find((hash) => isComplete(repository, md5, hash)) ?? null;
}

/** Why a version did not come from the remote; null when it is here. */
async function fetched(repository: Repository, one: DataAt, signal: AbortSignal): Promise<string | null> {
  const { project } = repository;
  const remote = defaultRemote(repository);
  if (remote === null) return "it is not in the cache, and there is no default remote to get it from";
  // Beside what the project records: its own .dvc file may name another version, or a stage may make the data.
  const folder = join(project.root, `stemma-fetch-${one.md5.slice(0, 8)}`);
  const file = join(folder, "data.dvc");
  try {
    mkdirSync(folder, { recursive: true });
    writeDurable(file, printDvcFile({ path: "data", md5: one.md5, size: null, nfiles: null, isexec: false }));
    await fetchData(project, { folder: project.root, targets: [file], signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return `it is not in the cache, and the remote ${remote} has not given it: ${errorFacts(error).message}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return hashOf(repository, one) !== null ? null : `it is neither in the cache nor in the remote ${remote}`;
}

function lost({ path, md5 }: DataAt, why: string): readonly string[] {
  return [`The version ${md5} of ${path} that it used cannot be had back: ${why}.`];
}

/** The place's `.dvc/`: as its commit has it, with the project's settings of today for the cache and the remotes. */
function configure(project: Project, placed: Project): void {
  mkdirSync(placed.dvcFolder, { recursive: true });
  for (const name of ["config", ".gitignore"]) {
    const [from, to] = [join(project.dvcFolder, name), join(placed.dvcFolder, name)];
    if (existsSync(from) && !existsSync(to)) copyFileSync(from, to);
  }
  const today = [readConfig(project.dvcFolder, "repo"), readConfig(project.dvcFolder, "local")];
  const cache = openRepository(project).cache.folder;
  editConfig(placed.dvcFolder, "local", (config) => {
    for (const [name, section] of today.flatMap((level) => [...level])) {
      const target = config.get(name) ?? new Map();
      for (const [key, value] of section) target.set(key, value);
      config.set(name, target);
    }
    config.set("cache", new Map([...(config.get("cache") ?? []), ["dir", cache]]));
  });
  // It may hold a password.
  chmodSync(configFile(placed.dvcFolder, "local"), 0o600);
}
