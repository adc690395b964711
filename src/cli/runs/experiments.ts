import { printExperiment } from "../../format/index.ts";
import type { ExperimentRecord } from "../../track/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { printTable, printTime } from "../text.ts";
import { findExperiment, type Opened, openToRead, openToWrite } from "./open.ts";
import { pair } from "./pairs.ts";

interface Json {
  readonly json?: true;
}

const jsonText = "as MLflow's REST API writes it";

/** `stemma runs experiments list|create|rename|delete|restore` */
export const registerExperiments: Register = (runs) => {
  const experiments = runs.command("experiments").description("The experiments that runs belong to");
  experiments
    .command("list")
    .description("Experiments, that with the newest run first")
    .option("--deleted", "deleted ones too")
    .option("--json", jsonText)
    .action(list);
  experiments
    .command("create")
    .description("Make an experiment")
    .argument("<name>")
    .option("-t, --tag <key=value>", "may come several times", pair)
    .option("--json", jsonText)
    .action(create);
  experiments
    .command("rename")
    .description("Give an experiment another name")
    .argument("<experiment>", "its name or id")
    .argument("<name>", "the new name")
    .option("--json", jsonText)
    .action((name: string, to: string, { json }: Json) =>
      change(name, { json, done: `now called ${to}`, work: (store, { id }) => store.renameExperiment(id, to) }),
    );
  experiments
    .command("delete")
    .description("Mark an experiment and its runs as deleted; `restore` takes that back")
    .argument("<experiment>", "its name or id")
    .option("--json", jsonText)
    .action((name: string, { json }: Json) =>
      change(name, { json, done: "deleted", work: (store, { id }) => store.deleteExperiment(id) }),
    );
  experiments
    .command("restore")
    .description("Take the deletion of an experiment and its runs back")
    .argument("<experiment>", "its name or id")
    .option("--json", jsonText)
    .action((name: string, { json }: Json) =>
      change(name, { json, done: "restored", work: (store, { id }) => store.restoreExperiment(id) }),
    );
};

async function list({ deleted, json }: Json & { readonly deleted?: true }): Promise<void> {
  const found = (await openToRead()?.store.experiments(deleted === true ? "all" : "active")) ?? [];
  if (json) printJson({ experiments: found.map(printExperiment) });
  else print(found.length === 0 ? "No experiments.\n" : table(found));
}

function table(experiments: readonly ExperimentRecord[]): string {
  return printTable(
    [
      { title: "ID", right: true },
      { title: "NAME" },
      { title: "RUNS", right: true },
      { title: "CHANGED" },
      { title: "" },
    ],
    experiments.map(({ id, name, runCount, updatedMs, lifecycle }) => [
      id,
      name,
      String(runCount),
      printTime(updatedMs),
      lifecycle === "deleted" ? "deleted" : "",
    ]),
  );
}

async function create(
  name: string,
  { tag = [], json }: Json & { readonly tag?: readonly (readonly [string, string])[] },
): Promise<void> {
  const made = await openToWrite().store.createExperiment(name, Object.fromEntries(tag));
  if (json) printJson({ experiment: printExperiment(made) });
  else print(`Experiment '${made.name}' has id ${made.id}.\n`);
}

interface Change {
  readonly json: true | undefined;
  readonly done: string;
  readonly work: (store: Opened["store"], experiment: ExperimentRecord) => Promise<void>;
}

async function change(name: string, { json, done, work }: Change): Promise<void> {
  const opened = openToWrite();
  const experiment = await findExperiment(opened, name);
  await work(opened.store, experiment);
  const now = (await opened.store.experiment(experiment.id)) ?? experiment;
  if (json) printJson({ experiment: printExperiment(now) });
  else print(`Experiment '${experiment.name}' is ${done}.\n`);
}
