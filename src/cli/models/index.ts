import type { Register } from "../command.ts";
import { registerModelChanges } from "./change.ts";
import { registerModelLists } from "./list.ts";

/** `stemma models …`: the registry of the project, or of the server of MLFLOW_TRACKING_URI. */
export const registerModels: Register = (program, exit) => {
  const models = program.command("models").description("Registered models: names, versions, aliases, stages and tags");
  registerModelLists(models, exit);
  registerModelChanges(models, exit);
};
