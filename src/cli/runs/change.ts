import { printRun } from "../../format/index.ts";
import type { RunRecord } from "../../track/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { findRun, type Opened, openToWrite } from "./open.ts";

/** `stemma runs delete|restore|rename` */
export const registerChange: Register = (runs) => {
  runs
    .command("delete")
    .description("Mark runs as deleted; `restore` takes that back until `gc` removes them")
    .argument("<run...>", "ids, or the first digits of them")
    .option("--json", "the runs, as MLflow's REST API writes them")
    .action((ids: readonly string[], options: Json) =>
      change(ids, { ...options, work: ({ store }, run) => store.deleteRun(run.id), done: "deleted" }),
    );
  runs
    .command("restore")
    .description("Take the deletion of runs back")
    .argument("<run...>", "ids, or the first digits of them")
    .option("--json", "the runs, as MLflow's REST API writes them")
    .action((ids: readonly string[], options: Json) =>
      change(ids, { ...options, work: ({ store }, run) => store.restoreRun(run.id), done: "restored" }),
    );
  runs
    .command("rename")
    .description("Give a run another name")
    .argument("<run>", "its id, or the first digits of it")
    .argument("<name>", "the new name")
    .option("--json", "the run, as MLflow's REST API writes it")
    .action((id: string, name: string, options: Json) =>
      change([id], {
        ...options,
        work: ({ store }, run) => store.updateRun(run.id, { name }),
        done: `now called ${name}`,
      }),
    );
};

interface Json {
  readonly json?: true;
}

interface Change extends Json {
  readonly work: (opened: Opened, run: RunRecord) => Promise<unknown>;
  readonly done: string;
}

async function change(ids: readonly string[], { work, done, json }: Change): Promise<void> {
  const opened = openToWrite();
  // All are looked for first: with one wrong id nothing is changed.
  const found: RunRecord[] = [];
  for (const id of ids) found.push(await findRun(opened, id));
  for (const run of found) await work(opened, run);
  if (json) printJson({ runs: await Promise.all(found.map(async ({ id }) => printRun(await findRun(opened, id)))) });
  else for (const run of found) print(`Run ${run.name} (${run.id.slice(0, 8)}) is ${done}.\n`);
}
