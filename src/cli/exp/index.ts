import type { Register } from "../command.ts";
import { registerApply } from "./apply.ts";
import { registerDiff } from "./diff.ts";
import { registerExchange } from "./exchange.ts";
import { registerList } from "./list.ts";
import { registerQueueWorker } from "./queue-worker.ts";
import { registerRemove } from "./remove.ts";
import { registerRun } from "./run.ts";
import { registerSave } from "./save.ts";
import { registerShow } from "./show.ts";

const commands: readonly Register[] = [
  registerRun,
  registerShow,
  registerList,
  registerDiff,
  registerApply,
  registerRemove,
  registerSave,
  registerExchange,
  registerQueueWorker,
];

/** `stemma exp …`: DVC's verbs about experiments, with its options, texts and exit codes. */
export const registerExp: Register = (program, exit) => {
  const exp = program.command("exp").alias("experiments").description("Run experiments and compare them");
  for (const register of commands) register(exp, exit);
};
