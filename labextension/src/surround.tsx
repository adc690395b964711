import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { CommandRegistry } from "@lumino/commands";
import type { JSONValue } from "@lumino/coreutils";
import type { ReactElement } from "react";
import { CommandIDs } from "./command-ids.ts";
import { type Drawn, type Surroundings, SurroundingsContext } from "./views/index.ts";

export interface PlaceOptions {
  /** The folder that is looked at. */
  readonly folder: () => string;
  /** Draws notes and charts; null where there is none. */
  readonly rendermime?: IRenderMimeRegistry | null;
  /** Whether views stand in a notebook, whose kernel they may stop; a page knows no notebook of its own. */
  readonly inNotebook?: boolean;
}

/** What views can lead to in this JupyterLab: commands that are there, in the folder that is looked at when they are asked. */
export function surroundingsOf(
  commands: CommandRegistry,
  trans: TranslationBundle,
  { folder, rendermime = null, inNotebook = false }: PlaceOptions,
): Surroundings {
  const able = (id: string): boolean => commands.hasCommand(id);
  const interrupt = "notebook:interrupt-kernel";
  return {
    trans,
    openRun: able(CommandIDs.openRun)
      ? (run, name) => void commands.execute(CommandIDs.openRun, { run, name, folder: folder() })
      : null,
    openFlow: able(CommandIDs.openFlow)
      ? (run, name) => void commands.execute(CommandIDs.openFlow, { run, name, folder: folder() })
      : null,
    compare: able(CommandIDs.compareRuns)
      ? (runs, experiment) =>
          void commands.execute(CommandIDs.compareRuns, { runs: [...runs], experiment, folder: folder() })
      : null,
    draw: rendermime === null ? null : (mimeType, data) => drawnBy(rendermime, mimeType, data),
    stop: inNotebook && able(interrupt) ? () => void commands.execute(interrupt) : null,
  };
}

/** Data as JupyterLab draws that of a notebook it does not trust: sanitised, nothing of it run. */
function drawnBy(rendermime: IRenderMimeRegistry, mimeType: string, data: unknown): Drawn {
  const renderer = rendermime.createRenderer(mimeType);
  const model = rendermime.createModel({ data: { [mimeType]: data as JSONValue }, trusted: false });
  const { node } = renderer;
  return { node, ready: renderer.renderModel(model), dispose: () => renderer.dispose() };
}

/** A view with what it can lead to. */
export function surrounded(surroundings: Surroundings, view: ReactElement): ReactElement {
  return <SurroundingsContext.Provider value={surroundings}>{view}</SurroundingsContext.Provider>;
}
