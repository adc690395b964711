import type { Register } from "../command.ts";
import { registerKeep } from "./keep.ts";
import { registerLook } from "./look.ts";
import { registerRun } from "./run.ts";

const commands: readonly Register[] = [registerRun, registerLook, registerKeep];

/** `stemma flow …`: run a file's flows from the shell, and look at their runs. */
export const registerFlow: Register = (program, exit) => {
  const flow = program
    .command("flow")
    .description("Flows of a file or notebook: run them, look at them, go on with them");
  for (const register of commands) register(flow, exit);
};
