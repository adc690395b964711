import { userInfo } from "node:os";
import { printRun } from "../../format/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { ensureExperiment, findRun, openToWrite } from "./open.ts";
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
  const parentId = parent === undefined ? null : (await findRun(opened, parent)).id;
  const run = await opened.store.createRun({
    experimentId: await ensureExperiment(opened, experiment),
    name: name ?? "",
    user: userInfo().username,
    startMs: Date.now(),
    parentId,
    tags: { "mlflow.source.type": "LOCAL", "mlflow.source.name": "stemma runs start", ...Object.fromEntries(tag) },
  });
  if (param.length > 0) await opened.store.logParams(run.id, Object.fromEntries(param));
  if (json) printJson({ run: printRun((await opened.store.run(run.id)) ?? run) });
  else print(`${run.id}\n`);
}
