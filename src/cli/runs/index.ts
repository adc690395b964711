import type { Register } from "../command.ts";
import { registerChange } from "./change.ts";
import { registerCompare } from "./compare.ts";
import { registerEnd } from "./end.ts";
import { registerExperiments } from "./experiments.ts";
import { registerExport } from "./export.ts";
import { registerImport } from "./import.ts";
import { registerKeep } from "./keep.ts";
import { registerList } from "./list.ts";
import { registerLog } from "./log.ts";
import { registerPush } from "./push.ts";
import { registerReproduce } from "./reproduce.ts";
import { registerShow } from "./show.ts";
import { registerStart } from "./start.ts";

const commands: readonly Register[] = [
  registerList,
  registerShow,
  registerCompare,
  registerStart,
  registerLog,
  registerEnd,
  registerChange,
  registerExperiments,
  registerImport,
  registerExport,
  registerPush,
  registerKeep,
  registerReproduce,
];

/** `stemma runs …`: the project's runs, or those on the server of MLFLOW_TRACKING_URI. */
export const registerRuns: Register = (program, exit) => {
  const runs = program
    .command("runs")
    .description("Runs that are tracked: look at them, write them, bring them in and out");
  for (const register of commands) register(runs, exit);
};
