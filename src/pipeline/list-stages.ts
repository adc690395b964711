import type { Project } from "../store/index.ts";
import { openSession } from "./session.ts";
import { addressOf, type GraphStage } from "./stage.ts";
import { collectStages } from "./targets.ts";

export interface ListedStage {
  /** As DVC names it in the reader's folder. */
  readonly address: string;
  /** Its own description, else what it makes or needs. */
  readonly text: string;
}

export interface ListOptions {
  readonly folder?: string;
  readonly targets?: readonly string[];
  readonly recursive?: boolean;
  readonly all?: boolean;
  /** What goes wrong in one file ends it all. */
  readonly fail?: boolean;
}

/** The stages of targets, of `dvc.yaml`, or all, as `dvc stage list` does. */
export function listStages(project: Project, options: ListOptions = {}): readonly ListedStage[] {
  const skip = (): void => {};
  const session = openSession(project, {
    ...(options.folder === undefined ? {} : { folder: options.folder }),
    ...(options.fail === true ? {} : { onError: skip }),
  });
  const targets = options.targets === undefined || options.targets.length === 0 ? ["dvc.yaml"] : options.targets;
  const recursive = options.recursive === true;
  const stages = options.all === true ? session.pipelines.stages : collectStages(session, targets, { recursive });
  return stages.map((stage) => ({ address: addressOf(stage, session.folder), text: shortened(describe(stage)) }));
}

const mostCharacters = 80;

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= mostCharacters ? text : `${characters.slice(0, mostCharacters - 1).join("")}…`;
}

// dvc/commands/stage.py, generate_description
function describe(stage: GraphStage): string {
  const desc = stage.kind === "stage" ? stage.desc : stage.record.desc;
  const own = desc
    ?.split("\n")
    .find((line) => line !== "")
    ?.trim();
  if (own !== undefined) return own;
  const deps = stage.kind === "stage" ? [...stage.deps, ...stage.params] : [];
  const names = (paths: readonly { readonly given: string }[]): string => paths.map((path) => path.given).join(", ");
  if (stage.outs.length === 0) return deps.length === 0 ? "No outputs or dependencies" : `Depends on ${names(deps)}`;
  const outs = stage.outs.filter((out) => out.kind === "out");
  const reports = stage.outs.filter((out) => out.kind !== "out");
  return [
    ...(outs.length === 0 ? [] : [`Outputs ${names(outs)}`]),
    ...(reports.length === 0 ? [] : [`Reports ${names(reports)}`]),
  ].join("; ");
}
