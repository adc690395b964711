import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { StemmaError } from "../error.ts";
import { host } from "../host/index.ts";
import type { Project } from "../store/index.ts";
import {
  localReader,
  openRuns,
  type ReproducedValue,
  type ReproduceRunOptions,
  Reproduction,
  RunNotFoundError,
  type RunReader,
  type RunRecord,
} from "../track/index.ts";
import { compareRuns } from "./compare-runs.ts";
import { counterpart } from "./counterpart.ts";
import { makeData, takenByCells, usedBy } from "./data.ts";
import { type Launch, makeLaunch, type Ran, start } from "./launch.ts";
import { NotReproducibleError } from "./not-reproducible.ts";
import { type Origin, originOf } from "./origin.ts";
import { type MadePackages, makePackages } from "./packages.ts";
import { makePlace, type Place } from "./place.ts";
import { ReproductionFailedError } from "./processes.ts";
import { alikeOf, childrenOf, runsOf } from "./runs-of.ts";

/** A run that runs again asked for a run to be run again. */
export class NestedReproductionError extends StemmaError {
  constructor() {
    super("NESTED_REPRODUCTION", "This code runs again for run.reproduce() itself: it reproduces nothing here.");
  }
}

/**
 * Runs again what made a run, and says what differs: a worktree at its commit with its diff, the versions of its data, its packages;
 * then its cells, its script or its stages. Nothing in the working folder changes; the new run is kept beside the others,
 * tagged `stemma.reproduces`.
 *
 * @throws {NotReproducibleError} what cannot be had back, all of it; nothing was run
 * @throws {ReproductionFailedError} it made no such run @throws {RunNotFoundError} @throws the reason of a stop
 */
export async function reproduceRun(
  project: Project,
  id: string,
  options: ReproduceRunOptions = {},
): Promise<Reproduction> {
  if (process.env["STEMMA_REPRODUCTION"]) throw new NestedReproductionError();
  const reader = localReader(project);
  const run = reader.run(id);
  if (run === null) throw new RunNotFoundError(id);
  const origin = originOf(project, run, (parent) => childrenOf(reader, run.experimentId, parent));
  const { place, problems } = makePlace(project, origin, { into: options.into ?? null, keep: options.keep === true });
  const signal = AbortSignal.any([host().stopSignal(), ...(options.signal === undefined ? [] : [options.signal])]);
  const clean = removeAtEnd(place, signal, options.keep === true);
  try {
    const work = { project, reader, origin, place, problems, options, signal };
    const record = await new Work(work).run();
    return new Reproduction({ ...record, folder: options.keep === true ? place.top : null });
  } finally {
    clean();
  }
}

/** The place goes also where the process is ended meanwhile. */
function removeAtEnd(place: Place, signal: AbortSignal, keep: boolean): () => void {
  if (keep) return () => {};
  // Ctrl-C comes here first, and is waited for below.
  const atEnd = (): void => {
    if (!signal.aborted) place.remove();
  };
  const off = host().kind === "node" ? host().onFlush(atEnd) : () => {};
  return () => {
    off();
    place.remove();
  };
}

interface Parts {
  readonly project: Project;
  readonly reader: RunReader;
  readonly origin: Origin;
  readonly place: Place;
  readonly problems: readonly string[];
  readonly options: ReproduceRunOptions;
  readonly signal: AbortSignal;
}

/** What is ready to run. */
interface Ready {
  readonly launch: Launch;
  readonly packages: MadePackages;
  readonly notes: readonly string[];
}

class Work {
  private readonly parts: Parts;
  /** Marks the runs that come of it. */
  private readonly token = randomUUID();
  /** The run that was opened around it. */
  private around: string | null = null;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  async run(): Promise<Omit<Reproduction["record"], "folder">> {
    const { origin } = this.parts;
    const { launch, packages, notes } = await this.prepare();
    for (const note of notes) this.tell(`${note}\n`);
    if (packages.install !== null) await packages.install(this.parts.signal, (text) => this.tell(text));
    const { cellErrors, failure } = await this.start(launch);
    const root = this.match(origin.root, null);
    if (root === null) throw this.noRun(cellErrors, failure);
    const again = origin.run.id === origin.root.id ? root : this.descend(origin.run, root);
    if (again === null) throw this.noRun(cellErrors, failure);
    const values = await this.compared({ before: origin.run, again, prefix: "" });
    return {
      run: origin.run.id,
      name: origin.run.name,
      experiment: origin.run.experiment,
      again: again.id,
      equal: values.every(({ equal }) => equal),
      values,
      notes: [
        ...notes,
        ...cellErrors.map((error) => `Ended with an error: ${error}`),
        ...(failure === null ? [] : [failure.message]),
      ],
    };
  }

  private tell(text: string): void {
    this.parts.options.onOutput?.(text);
  }

  /** Brings everything that the run needs; what cannot be had is told all together. */
  private async prepare(): Promise<Ready> {
    const { project, origin, place, signal } = this.parts;
    const used = usedBy(project, distinctRuns(origin));
    const data = await makeData(project, place, { used, taken: takenByCells(project, origin), signal });
    const lock = origin.root.tags["stemma.packages.lock"];
    const packages = makePackages(place, join(project.root, origin.folder), lock);
    const { launch, ...made } = makeLaunch(place, origin);
    const problems = [...this.parts.problems, ...data.problems, ...packages.problems, ...made.problems];
    if (problems.length > 0 || launch === null) throw new NotReproducibleError(origin.run.id, problems);
    const notes = [...placeNotes(origin, place), ...data.notes, ...packages.notes, ...made.notes];
    return { launch, packages, notes };
  }

  private async start(launch: Launch): Promise<Ran & { readonly failure: ReproductionFailedError | null }> {
    const { origin, signal } = this.parts;
    const parent = await this.openParent();
    const env = {
      STEMMA_REPRODUCTION: this.token,
      MLFLOW_EXPERIMENT_NAME: origin.root.experiment,
      MLFLOW_RUN_ID: parent?.id ?? null,
      JPY_SESSION_NAME: null,
      DVC_STAGE: null,
    };
    let status: "FINISHED" | "FAILED" | "KILLED" = "FINISHED";
    try {
      const ran = await start(launch, { env, signal, onOutput: (text) => this.tell(text) });
      return {
        cellErrors: ran.cellErrors.filter((error) => !error.includes("NestedReproductionError")),
        failure: null,
      };
    } catch (error) {
      status = signal.aborted ? "KILLED" : "FAILED";
      // A run that failed then fails again: that is what came of it.
      if (error instanceof ReproductionFailedError) return { cellErrors: [], failure: error };
      throw error;
    } finally {
      await parent?.end(status);
    }
  }

  /** A run that was nested in another program's run needs one around it. */
  private async openParent(): Promise<{
    readonly id: string;
    end(status: "FINISHED" | "FAILED" | "KILLED"): Promise<void>;
  } | null> {
    const { project, reader, origin } = this.parts;
    const before = origin.root.parentId === null ? null : reader.run(origin.root.parentId);
    if (before === null) return null;
    const store = openRuns(project);
    const tags = { "stemma.reproduction": this.token, "stemma.reproduces": before.id };
    const { experimentId, name, user } = before;
    const { id } = await store.createRun({ experimentId, name, user, startMs: Date.now(), parentId: null, tags });
    this.around = id;
    return {
      id,
      end: async (status) => {
        await store.updateRun(id, { status, endMs: Date.now() });
      },
    };
  }

  /** The new run in the place of one, among those nested in `parent`. */
  private match(run: RunRecord, parent: RunRecord | null): RunRecord | null {
    const { reader } = this.parts;
    const filter = `tags.\`stemma.reproduction\` = '${this.token}'`;
    const made = runsOf(reader, run.experimentId, filter);
    const own = new Set(made.map(({ id }) => id));
    const beside = (other: RunRecord): boolean =>
      parent === null
        ? other.parentId === null || other.parentId === this.around || !own.has(other.parentId)
        : other.parentId === parent.id;
    const before = run.parentId === null ? [run] : childrenOf(reader, run.experimentId, run.parentId);
    const alike = run.parentId === null ? alikeOf(reader, run) : before;
    return counterpart(run, {
      before: alike,
      again: made.filter((other) => beside(other) && other.id !== this.around),
    });
  }

  private descend(run: RunRecord, root: RunRecord): RunRecord | null {
    const { reader, origin } = this.parts;
    const path: RunRecord[] = [];
    for (let at: RunRecord | null = run; at !== null && at.id !== origin.root.id; ) {
      path.unshift(at);
      at = at.parentId === null ? null : reader.run(at.parentId);
    }
    return path.reduce<RunRecord | null>((parent, next) => (parent === null ? null : this.match(next, parent)), root);
  }

  private async compared(pair: {
    readonly before: RunRecord;
    readonly again: RunRecord;
    readonly prefix: string;
  }): Promise<readonly ReproducedValue[]> {
    const { project, reader, place } = this.parts;
    const { before, again, prefix } = pair;
    await openRuns(project).setTags(again.id, { "stemma.reproduces": before.id });
    const values = [...(await compareRuns(project, place.project, pair))];
    const left = new Set(childrenOf(reader, again.experimentId, again.id).map(({ id }) => id));
    for (const child of childrenOf(reader, before.experimentId, before.id)) {
      const other = this.match(child, again);
      if (other === null || !left.delete(other.id)) values.push(runValue(prefix, { before: child }));
      else values.push(...(await this.compared({ before: child, again: other, prefix: `${prefix}${child.name} › ` })));
    }
    for (const id of left) values.push(runValue(prefix, { again: reader.run(id) }));
    return values;
  }

  private noRun(cellErrors: readonly string[], failure: ReproductionFailedError | null): ReproductionFailedError {
    const { root, run } = this.parts.origin;
    if (failure !== null) return failure;
    const sentence = `It ran again, and made no run of "${root.experiment}" like ${run.name} (${run.id}).`;
    return new ReproductionFailedError(sentence, cellErrors.join("\n"));
  }
}

function runValue(
  prefix: string,
  { before, again }: { readonly before?: RunRecord; readonly again?: RunRecord | null },
): ReproducedValue {
  const name = `${prefix}${(before ?? again)?.name ?? ""}`;
  const facts = { before: before?.status ?? null, again: again?.status ?? null };
  return { kind: "run", name, ...facts, equal: false, relative: null };
}

function distinctRuns({ root, run }: Origin): readonly RunRecord[] {
  return root.id === run.id ? [run] : [root, run];
}

function placeNotes({ commit, root }: Origin, place: Place): readonly string[] {
  const untracked = root.tags["stemma.git.untracked"];
  return [
    ...(place.git || commit !== null
      ? []
      : ["It ran outside of git: only its cells and its data are had back, no other files."]),
    ...(existsSync(join(place.top, ".gitmodules")) ? ["Git's submodules are not there."] : []),
    ...(untracked === undefined ? [] : [`Not in git then, and so not there now: ${untracked}.`]),
  ];
}
