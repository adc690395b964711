import { Option } from "commander";
import { printRun } from "../../format/index.ts";
import type { RunStatus } from "../../track/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { findRun, openToWrite } from "./open.ts";

interface EndOptions {
  readonly status: RunStatus;
  readonly json?: true;
}

/** `stemma runs end` */
export const registerEnd: Register = (runs) => {
  runs
    .command("end")
    .description("End a run")
    .argument("[run]", "its id, or the first digits of it; MLFLOW_RUN_ID where absent")
    .addOption(
      new Option("--status <status>", "how it ended").choices(["FINISHED", "FAILED", "KILLED"]).default("FINISHED"),
    )
    .option("--json", "the run, as MLflow's REST API writes it")
    .action(end);
};

async function end(id: string | undefined, { status, json }: EndOptions): Promise<void> {
  const opened = openToWrite();
  const { id: found } = await findRun(opened, id);
  const run = await opened.store.updateRun(found, { status, endMs: Date.now() });
  if (json) printJson({ run: printRun(run) });
  else print(`Run ${run.name} (${run.id}) is ${run.status}.\n`);
}
