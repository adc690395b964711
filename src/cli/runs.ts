import type { Command } from "commander";
import { StemmaError } from "../error.ts";
import { printRun } from "../format/index.ts";
import { findProject, hasDatabase, type Project } from "../store/index.ts";
import { openRuns, type RunRecord, type RunStore, track } from "../track/index.ts";
import { print, printJson, type Register, wholeNumber } from "./command.ts";
import { printComparison, printRunList, printRunPage } from "./runs-text.ts";

interface ListOptions {
  readonly experiment?: string;
  readonly filter?: string;
  readonly orderBy?: readonly string[];
  readonly limit: number;
  readonly json?: true;
}

/** `stemma runs list|search|show|compare` */
export const registerRuns: Register = (program) => {
  const runs = program.command("runs").description("Look at the runs that were tracked");
  listing(runs.command("list").description("The newest runs"))
    .argument("[experiment]", "of this experiment only")
    .action((experiment: string | undefined, options: ListOptions) =>
      list(experiment === undefined ? options : { ...options, experiment }),
    );
  listing(runs.command("search").description("Runs that match a filter in MLflow's grammar"))
    .argument("<filter>", "\"metrics.rmse < 10 AND params.model = 'seir'\"")
    .option("--experiment <name>", "of this experiment only")
    .option("--order-by <field...>", '"metrics.rmse ASC"')
    .action((filter: string, options: ListOptions) => list({ ...options, filter }));
  runs
    .command("show")
    .description("One run: its params, metrics, tags, data and artifacts")
    .argument("<run>", "its id, or the first digits of it")
    .option("--json", "as MLflow's REST API writes it")
    .action(show);
  listing(runs.command("compare").description("The runs of an experiment side by side"))
    .argument("<experiment>", "its name")
    .option("--filter <filter>", "only runs that match, in MLflow's grammar")
    .option("--order-by <field...>", '"metrics.rmse ASC"')
    .action((experiment: string, options: ListOptions) => compare({ ...options, experiment }));
};

function listing(command: Command): Command {
  return command
    .option("-n, --limit <n>", "runs at most", wholeNumber(1, 50_000), 50)
    .option("--json", "as MLflow's REST API writes them");
}

async function list(options: ListOptions): Promise<void> {
  const found = await find(options);
  if (options.json) printJson({ runs: found.map(printRun) });
  else print(found.length === 0 ? "No runs.\n" : printRunList(found, Date.now()));
}

// The same as track.compare() in a cell: the best run first where no order is asked for.
function compare({ experiment, filter, orderBy, limit, json }: ListOptions & { readonly experiment: string }): void {
  const { record } = track.compare(experiment, {
    limit,
    ...(filter === undefined ? {} : { filter }),
    ...(orderBy === undefined ? {} : { orderBy }),
  });
  if (json) printJson({ runs: record.runs.map(printRun) });
  else print(printComparison(record));
}

async function show(id: string, { json }: { readonly json?: true }): Promise<void> {
  const { store, project } = open();
  const run = store === null ? null : await runByPrefix(store, id);
  if (store === null || run === null) throw noSuchRun(id, project);
  if (json) printJson({ run: printRun(run) });
  else print(printRunPage(run, await store.artifacts(run.id), Date.now()));
}

async function find(options: ListOptions): Promise<readonly RunRecord[]> {
  const { store, project } = open();
  if (store === null) return [];
  const experiments = await store.experiments();
  const chosen = experiments.filter(({ name }) => options.experiment === undefined || name === options.experiment);
  if (options.experiment !== undefined && chosen.length === 0) {
    const names = experiments.map(({ name }) => `'${name}'`).join(", ");
    throw new StemmaError(
      "NO_SUCH_EXPERIMENT",
      `There is no experiment '${options.experiment}' in ${project.root}. There is ${names === "" ? "none yet" : names}.`,
    );
  }
  const page = await store.searchRuns({
    experimentIds: chosen.map(({ id }) => id),
    filter: options.filter ?? "",
    limit: options.limit,
    ...(options.orderBy === undefined ? {} : { orderBy: options.orderBy }),
  });
  return page.runs;
}

interface Opened {
  readonly project: Project;
  /** Null where nothing was tracked: looking does not make a store. */
  readonly store: RunStore | null;
}

function open(): Opened {
  const project = findProject(process.cwd());
  return { project, store: hasDatabase(project) ? openRuns(project) : null };
}

async function runByPrefix(store: RunStore, id: string): Promise<RunRecord | null> {
  const exact = await store.run(id);
  if (exact !== null || !/^[0-9a-f]{4,31}$/.test(id)) return exact;
  const experiments = await store.experiments("all");
  const page = await store.searchRuns({
    experimentIds: experiments.map((experiment) => experiment.id),
    filter: `attributes.run_id LIKE '${id}%'`,
    lifecycle: "all",
    limit: 2,
  });
  const [only, another] = page.runs;
  if (another === undefined) return only ?? null;
  throw new StemmaError("AMBIGUOUS_RUN", `Several runs start with ${id}. Give more of its digits.`);
}

function noSuchRun(id: string, project: Project): StemmaError {
  return new StemmaError("NO_SUCH_RUN", `There is no run ${id} in ${project.root}. \`stemma runs list\` shows them.`);
}
