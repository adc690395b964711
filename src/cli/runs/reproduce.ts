import { reproductionBundle } from "../../display/index.ts";
import { host } from "../../host/index.ts";
import { openRuns } from "../../track/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { findRun, openDatabaseOnly } from "./open.ts";

interface ReproduceOptions {
  readonly into?: string;
  readonly keep?: true;
  readonly json?: true;
}

/** `stemma runs reproduce` */
export const registerReproduce: Register = (runs, exit) => {
  runs
    .command("reproduce")
    .description(
      "Run a run again, with its commit, diff, data and packages, and say what differs; ends with 1 when something does",
    )
    .argument("<run>", "its id, or the first digits of it")
    .option("--into <folder>", "work in this folder, new or empty, instead of a temporary one")
    .option("--keep", "leave the folder there in the end")
    .option("--json", "what was compared, as JSON")
    .action(async (id: string, options: ReproduceOptions) => {
      exit(await reproduce(id, options));
    });
};

/** The exit code. */
async function reproduce(id: string, { into, keep, json }: ReproduceOptions): Promise<number> {
  // Flows and versions come with it: `stemma runs list` should not wait for them.
  const { NotReproducibleError, reproduceRun } = await import("../../reproduce/index.ts");
  const project = openDatabaseOnly("reproduce");
  const { root } = project;
  const { id: run } = await findRun({ project, store: openRuns(project), server: null, where: root }, id);
  const signal = host().stopSignal();
  const options = { keep: keep === true, ...(into === undefined ? {} : { into }), onOutput };
  try {
    const { record } = await reproduceRun(project, run, options);
    if (json) printJson(record);
    else print(`${reproductionBundle(record)["text/plain"]}\n`);
    return record.equal ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) {
      if (json && error instanceof NotReproducibleError) printJson({ run, problems: error.problems });
      throw error;
    }
    process.stderr.write("Stopped. The folder it ran in is gone.\n");
    return 130;
  }
}

// What it prints is not what this command answers.
function onOutput(text: string): void {
  process.stderr.write(text);
}
