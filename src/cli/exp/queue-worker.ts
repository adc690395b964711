import { runQueuedTask, workQueue } from "../../pipeline/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject } from "../dvc-verb.ts";
import { eventPrinter, stoppable } from "../pipeline/index.ts";
import { printable } from "../text.ts";
import { thisProgram } from "./queue.ts";

/** `stemma exp queue-worker` and `queue-task`, which `stemma queue start` calls: no words for people, so help does not show them. */
export const registerQueueWorker: Register = (exp) => {
  exp.command("queue-worker", { hidden: true }).action(() => workQueue(dvcProject(), thisProgram()));
  exp.command("queue-task <commit>", { hidden: true }).action(async (commit: string) => {
    const project = dvcProject();
    const stages = eventPrinter(project, { quiet: false, labelled: false });
    const experiment = await stoppable((signal) =>
      runQueuedTask(project, commit, {
        signal,
        onEvent: (event) => {
          if (event.kind === "stage") stages.event(event.event);
        },
      }),
    );
    print(`\nRan experiment(s): ${printable(experiment.name)}\n`);
  });
};
