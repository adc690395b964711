import { printRun } from "../../format/index.ts";
import { startDetached } from "../../track/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { defaultExperiment, findRun, openToWrite } from "./open.ts";
import { pair } from "./pairs.ts";

interface StartOptions {
  readonly experiment?: string;
  readonly name?: string;
  readonly tag?: readonly (readonly [string, string])[];
  readonly param?: readonly (readonly [string, string])[];
  readonly parent?: string;
  readonly json?: true;
}

/** `stemma runs start` */
export const registerStart: Register = (runs) => {
  runs
    .command("start")
    .description("Open a run and print its id, for MLFLOW_RUN_ID; it stays open until `stemma runs end`")
    .option("--experiment <name>", "made where there is none; MLFLOW_EXPERIMENT_NAME, else Default")
    .option("--name <name>", "generated where absent")
    .option("-t, --tag <key=value>", "may come several times", pair)
    .option("-p, --param <key=value>", "may come several times", pair)
    .option("--parent <run>", "nest it in this run")
    .option("--json", "the run, as MLflow's REST API writes it")
    .action(start);
};

async function start({ experiment, name, tag = [], param = [], parent, json }: StartOptions): Promise<void> {
  const opened = openToWrite();
  const id = await startDetached({
    experiment: experiment ?? (await defaultExperiment(opened)),
    ...(name === undefined ? {} : { name }),
    ...(parent === undefined ? {} : { parent: (await findRun(opened, parent)).id }),
    params: Object.fromEntries(param),
    tags: { "mlflow.source.type": "LOCAL", "mlflow.source.name": "stemma runs start", ...Object.fromEntries(tag) },
  });
  if (json) printJson({ run: printRun(await findRun(opened, id)) });
  else print(`${id}\n`);
}
