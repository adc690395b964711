import { hasDatabase, type Project } from "../store/index.ts";
import {
  type CompareOptions,
  type Comparison,
  compareRuns,
  type RunList,
  type RunsOptions,
  runsOf,
} from "./comparison.ts";
import { currentReader } from "./current-reader.ts";
import { destination } from "./destination.ts";
import { ExperimentNotFoundError, RunNotFoundError } from "./errors.ts";
import type { ExperimentRecord } from "./record.ts";
import type { TagValue } from "./run.ts";
import type { RunStore } from "./run-store.ts";
import { localStore } from "./stores/index.ts";

/** An experiment by its name, where its runs are kept: on the server of `track.use()` and in the project. */
export class Experiment {
  readonly #project: Project;
  #name: string;

  constructor(project: Project, name: string) {
    this.#project = project;
    this.#name = name;
  }

  get name(): string {
    return this.#name;
  }

  /** What is known of it; null where there is none yet. */
  record(): ExperimentRecord | null {
    return currentReader(this.#project).experimentByName(this.#name);
  }

  /** Its runs, newest first. @throws {ExperimentNotFoundError} @throws {FilterError} */
  runs(options?: RunsOptions): RunList {
    return runsOf(this.#project, this.#name, options);
  }

  /** Its runs side by side. @throws {ExperimentNotFoundError} @throws {FilterError} */
  compare(options?: CompareOptions): Comparison {
    return compareRuns(this.#project, this.#name, options);
  }

  /** @throws {ExperimentExistsError} @throws {ExperimentNotFoundError} @throws {ExperimentDeletedError} @throws {NameError} */
  async rename(name: string): Promise<void> {
    await this.#change((store, id) => store.renameExperiment(id, name));
    this.#name = name;
  }

  /** Marks it as deleted, with its runs: they are found no more, and it takes none. @throws {ExperimentNotFoundError} */
  delete(): Promise<void> {
    return this.#change((store, id) => store.deleteExperiment(id));
  }

  /** Brings it back, with its runs. @throws {ExperimentNotFoundError} */
  restore(): Promise<void> {
    return this.#change((store, id) => store.restoreExperiment(id));
  }

  /** Sets a tag. @throws {ExperimentNotFoundError} @throws {ExperimentDeletedError} @throws {NameError} */
  tag(name: string, value: TagValue): Promise<void> {
    return this.#change((store, id) => store.setExperimentTag(id, name, String(value)));
  }

  /** Takes a tag away. @throws {ExperimentNotFoundError} @throws {ExperimentDeletedError} */
  dropTag(name: string): Promise<void> {
    return this.#change((store, id) => store.deleteExperimentTag(id, name));
  }

  /** Says in Markdown what it is about, as MLflow's own pages show it. @throws {ExperimentNotFoundError} */
  note(markdown: string): Promise<void> {
    return this.tag("mlflow.note.content", markdown);
  }

  async #change(change: (store: RunStore, id: string) => Promise<void>): Promise<void> {
    const changes = await inStores(this.#project, async (store) => {
      const id = (await store.experimentByName(this.#name))?.id;
      return id === undefined ? null : () => change(store, id);
    });
    if (changes.length === 0)
      throw new ExperimentNotFoundError(
        this.#name,
        experimentsOf(this.#project).map(({ name }) => name),
      );
    for (const apply of changes) await apply();
  }
}

/** Experiments, the one that changed last first. */
export function experimentsOf(project: Project, lifecycle?: "active" | "deleted" | "all"): readonly ExperimentRecord[] {
  return currentReader(project).experiments(lifecycle);
}

/** Deletes a run, or brings it back, wherever it is kept. @throws {RunNotFoundError} */
export async function setRunLifecycle(project: Project, id: string, lifecycle: "active" | "deleted"): Promise<void> {
  const changes = await inStores(project, async (store) => {
    if ((await store.run(id)) === null) return null;
    return () => (lifecycle === "deleted" ? store.deleteRun(id) : store.restoreRun(id));
  });
  if (changes.length === 0) throw new RunNotFoundError(id);
  for (const apply of changes) await apply();
}

// The server first: where it refuses, nothing is changed here.
async function inStores<T>(project: Project, find: (store: RunStore) => Promise<T | null>): Promise<readonly T[]> {
  const server = destination()?.server ?? null;
  const stores: readonly RunStore[] = [
    ...(server === null ? [] : [server]),
    ...(hasDatabase(project) ? [localStore(project)] : []),
  ];
  const found: T[] = [];
  for (const store of stores) {
    const one = await find(store);
    if (one !== null) found.push(one);
  }
  return found;
}
