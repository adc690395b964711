import { StemmaError } from "../../error.ts";
import { findProject, hasDatabase, type Project } from "../../store/index.ts";
import {
  type ExperimentRecord,
  openRestRuns,
  openRuns,
  type RestRuns,
  type RunRecord,
  type RunStore,
} from "../../track/index.ts";

/** The runs that a command is about: the project's, or those on the server of MLFLOW_TRACKING_URI. */
export interface Opened {
  readonly project: Project;
  readonly store: RunStore;
  /** The same store, where it is a server. */
  readonly server: RestRuns | null;
  /** For sentences: the project's folder or the server's address. */
  readonly where: string;
}

/** Opens the runs to write to them; makes the project's store where there is none. */
export function openToWrite(): Opened {
  const project = findProject(process.cwd());
  const uri = process.env["MLFLOW_TRACKING_URI"] ?? "";
  if (uri === "" || uri === "local") return { project, store: openRuns(project), server: null, where: project.root };
  const server = openRestRuns();
  return { project, store: server, server, where: server.url };
}

/** Opens the runs to look at them; null where nothing was tracked: looking does not make a store. */
export function openToRead(): Opened | null {
  const uri = process.env["MLFLOW_TRACKING_URI"] ?? "";
  const isLocal = uri === "" || uri === "local";
  return isLocal && !hasDatabase(findProject(process.cwd())) ? null : openToWrite();
}

/** The project, for what works on its database only. @throws {StemmaError} nothing was tracked in it yet */
export function openDatabaseOnly(verb: string): Project {
  const uri = process.env["MLFLOW_TRACKING_URI"] ?? "";
  if (/^https?:/.test(uri))
    throw new StemmaError(
      "LOCAL_ONLY",
      `stemma runs ${verb} works on the project's own runs, and MLFLOW_TRACKING_URI names a server. Unset it for this command.`,
    );
  const project = findProject(process.cwd());
  if (hasDatabase(project)) return project;
  throw new StemmaError(
    "NO_RUNS",
    `Nothing was tracked in ${project.root} yet. track() in a notebook makes the store.`,
  );
}

/**
 * A run by its id or the first digits of it.
 *
 * @param id where absent: the run of MLFLOW_RUN_ID @throws {StemmaError} there is none, or several
 */
export async function findRun(
  opened: Opened | null,
  id: string = process.env["MLFLOW_RUN_ID"] ?? "",
): Promise<RunRecord> {
  if (id === "")
    throw new StemmaError(
      "NO_RUN_NAMED",
      "No run is named. Give its id, or set MLFLOW_RUN_ID to it (export MLFLOW_RUN_ID=…).",
    );
  const exact = opened === null ? null : await opened.store.run(id);
  if (exact !== null) return exact;
  const [only, another] = opened === null ? [] : await runsFrom(opened.store, id);
  if (another !== undefined)
    throw new StemmaError("AMBIGUOUS_RUN", `Several runs start with ${id}. Give more of its digits.`);
  if (only !== undefined) return only;
  const where = opened?.where ?? findProject(process.cwd()).root;
  const hint = /^[0-9a-f]{1,5}$/.test(id) ? " Give at least six digits of an id." : "";
  throw new StemmaError("NO_SUCH_RUN", `There is no run ${id} in ${where}. \`stemma runs list\` shows them.${hint}`);
}

async function runsFrom(store: RunStore, prefix: string): Promise<readonly RunRecord[]> {
  if (!/^[0-9a-f]{6,31}$/.test(prefix)) return [];
  const experiments = await store.experiments("all");
  const page = await store.searchRuns({
    experimentIds: experiments.map((experiment) => experiment.id),
    filter: `attributes.run_id LIKE '${prefix}%'`,
    lifecycle: "all",
    limit: 2,
  });
  return page.runs;
}

/** An experiment by its name or its id. @throws {StemmaError} there is none; the sentence has those there are */
export async function findExperiment(opened: Opened | null, name: string): Promise<ExperimentRecord> {
  const found = opened === null ? null : await opened.store.experimentByName(name);
  const numbered = found === null && /^\d+$/.test(name) ? await opened?.store.experiment(name) : found;
  if (numbered !== null && numbered !== undefined) return numbered;
  const names = ((await opened?.store.experiments()) ?? []).map((experiment) => `'${experiment.name}'`).join(", ");
  const where = opened?.where ?? findProject(process.cwd()).root;
  throw new StemmaError(
    "NO_SUCH_EXPERIMENT",
    `There is no experiment '${name}' in ${where}. There is ${names === "" ? "none yet" : names}.`,
  );
}

/** The name of the experiment that new runs go to where none is given: as MLflow's clients choose. */
export async function defaultExperiment(opened: Opened): Promise<string> {
  const name = process.env["MLFLOW_EXPERIMENT_NAME"] ?? "";
  const id = process.env["MLFLOW_EXPERIMENT_ID"] ?? "";
  if (name !== "") return name;
  return id === "" ? "Default" : (await findExperiment(opened, id)).name;
}
