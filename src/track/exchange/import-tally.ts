import { existsSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, type Project } from "../../store/index.ts";
import type { CopiedFiles } from "./copy-artifacts.ts";
import type { ForeignRun, ForeignSource } from "./foreign.ts";
import type { RunsImportOptions } from "./import-options.ts";

/** What an import has counted so far. */
export interface Tally {
  experiments: number;
  runs: number;
  updated: number;
  present: number;
  models: number;
  versions: number;
  points: number;
  files: number;
  bytes: number;
  notes: string[];
  /** Roots of artifacts that are out of reach, and how many runs have theirs there. */
  elsewhere: Map<string, number>;
}

export function newTally(): Tally {
  const counts = {
    experiments: 0,
    runs: 0,
    updated: 0,
    present: 0,
    models: 0,
    versions: 0,
    points: 0,
    files: 0,
    bytes: 0,
  };
  return { ...counts, notes: [], elsewhere: new Map() };
}

/** An import that runs. */
export interface Importing {
  readonly project: Project;
  readonly source: ForeignSource;
  readonly options: RunsImportOptions;
  readonly tally: Tally;
}

/** What has artifacts: a run or a logged model. */
export type Owned = Pick<ForeignRun, "id" | "artifactUri" | "artifactFolders">;

/** The number of the experiment of a name; null where there is none. */
export function experimentIdOf(project: Project, name: string): number | null {
  const row = openDatabase(project).first<{ readonly id: number }>("SELECT id FROM experiment WHERE name = ?", name);
  return row?.id ?? null;
}

/** The folder with artifacts; null where none is within reach. @param given what `--artifacts` names */
export function artifactsOf(owned: Owned, experiment: string, given: string | undefined): string | null {
  const { id, artifactFolders } = owned;
  const tried =
    given === undefined
      ? []
      : [
          join(given, experiment, id, "artifacts"),
          join(given, id, "artifacts"),
          join(given, experiment, id),
          join(given, experiment, "models", id, "artifacts"),
        ];
  return [...tried, ...artifactFolders].find((folder) => existsSync(folder)) ?? null;
}

export function noteElsewhere(tally: Tally, run: Owned): void {
  // A run that kept no artifact has no folder, on this machine and in the folder of a server.
  const isHere = run.artifactFolders.some((folder) => existsSync(join(folder, "..", "..", "..")));
  if (!isRemote(run.artifactUri) || isHere) return;
  const root = run.artifactUri.split(run.id)[0] ?? run.artifactUri;
  tally.elsewhere.set(root, (tally.elsewhere.get(root) ?? 0) + 1);
}

export function isRemote(uri: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(uri) && !uri.startsWith("file:");
}

export function addFiles(tally: Tally, { files, bytes, skipped }: CopiedFiles): void {
  tally.files += files;
  tally.bytes += bytes;
  tally.notes.push(...skipped.map((path) => `Artifact ${path} is no plain file and was left out.`));
}

/** Sentences on what was out of reach. */
export function elsewhereNotes(elsewhere: ReadonlyMap<string, number>): readonly string[] {
  return [...elsewhere].map(
    ([root, runs]) =>
      `Artifacts of ${runs} run${runs === 1 ? "" : "s"} are at ${root} and were not copied. Copy them here and give --artifacts.`,
  );
}
