import { printRun } from "../../format/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { findRun, openToRead } from "./open.ts";
import { printRunPage } from "./text.ts";

/** `stemma runs show` */
export const registerShow: Register = (runs) => {
  runs
    .command("show")
    .description("One run: its params, metrics, tags, data and artifacts")
    .argument("[run]", "its id, or the first digits of it; MLFLOW_RUN_ID where absent")
    .option("--json", "as MLflow's REST API writes it")
    .action(show);
};

async function show(id: string | undefined, { json }: { readonly json?: true }): Promise<void> {
  const opened = openToRead();
  const run = await findRun(opened, id);
  if (json) printJson({ run: printRun(run) });
  else print(printRunPage(run, (await opened?.store.artifacts(run.id)) ?? [], Date.now()));
}
