import type { TranslationBundle } from "@jupyterlab/translation";
import type { CommandRegistry } from "@lumino/commands";
import type { ReactElement } from "react";
import { CommandIDs } from "./command-ids.ts";
import { type Surroundings, SurroundingsContext } from "./views/index.ts";

/** What views can lead to in this JupyterLab: commands that are there, in the folder that is looked at when they are asked. */
export function surroundingsOf(
  commands: CommandRegistry,
  trans: TranslationBundle,
  folder: () => string,
): Surroundings {
  const able = (id: string): boolean => commands.hasCommand(id);
  const interrupt = "notebook:interrupt-kernel";
  return {
    trans,
    openRun: able(CommandIDs.openRun)
      ? (run, name) => void commands.execute(CommandIDs.openRun, { run, name, folder: folder() })
      : null,
    compare: able(CommandIDs.compareRuns)
      ? (runs, experiment) =>
          void commands.execute(CommandIDs.compareRuns, { runs: [...runs], experiment, folder: folder() })
      : null,
    stop: able(interrupt) ? () => void commands.execute(interrupt) : null,
  };
}

/** A view with what it can lead to. */
export function surrounded(surroundings: Surroundings, view: ReactElement): ReactElement {
  return <SurroundingsContext.Provider value={surroundings}>{view}</SurroundingsContext.Provider>;
}
