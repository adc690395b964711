import { execTask } from "../flow/index.ts";
import { host } from "../host/index.ts";
import type { Register } from "./command.ts";

/** `stemma exec SPEC`: runs one task of a flow on this machine, as the job of a cluster does. */
export const registerExec: Register = (program, exit) => {
  program
    .command("exec")
    .argument("<spec>", 'a file that a run with { run: "slurm" } wrote')
    .description("Run one task of a flow here; its result is kept in the flow's project")
    .action(async (path: string) => {
      const startMs = Date.now();
      const { spec, outcome } = await execTask(path, { signal: host().stopSignal() });
      const { step, indices } = spec.context;
      const task = [step, ...indices].join(" ");
      if (outcome.state === "done") {
        process.stderr.write(`${task}: done in ${((Date.now() - startMs) / 1000).toFixed(1)} s\n`);
        return;
      }
      process.stderr.write(`ERROR: ${task}: ${outcome.error.message}\n`);
      exit(1);
    });
};
