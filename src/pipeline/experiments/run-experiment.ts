import type { Project } from "../../store/index.ts";
import { checkoutOuts, lockRepository } from "../../version/index.ts";
import { remoteHooks } from "../pull-hooks.ts";
import { reproduce } from "../reproduce.ts";
import { orderOf, type ReproduceOptions } from "../reproduce-options.ts";
import { openSession } from "../session.ts";
import { stageId } from "../stage.ts";
import type { Scope } from "./prepare.ts";
import { experimentDigest, filesToAdd } from "./record.ts";
import type { Home } from "./refs.ts";

export interface Reproduced {
  /** For the message of the commit. */
  readonly digest: string;
  /** Files for the commit that git may not know yet; absolute. */
  readonly add: readonly string[];
}

/** What the commands of an experiment's stages find in their environment, as DVC's and DVCLive look for it. */
export function experimentEnvironment(home: Home, name: string): Readonly<Record<string, string>> {
  return { DVC_EXP_BASELINE_REV: home.head, DVC_EXP_NAME: name, DVC_ROOT: home.project.root };
}

/** Brings the stages of a project up to date, as an experiment. @throws what `reproduce()` throws */
export async function reproduceExperiment(
  project: Project,
  scope: Scope,
  environment: Readonly<Record<string, string>>,
): Promise<Reproduced> {
  const { folder, pull } = scope;
  const options: ReproduceOptions = { ...scope.reproduce, folder };
  await bringOutputs(project, options);
  const { reproduced } = await reproduce(project, {
    ...options,
    ...(pull ? { pull: remoteHooks(project, folder) } : {}),
    environment: async (stage) => ({ ...(await options.environment?.(stage)), ...environment }),
  });
  const looked = orderOf(openSession(project, { folder }), options).stages;
  const digest = experimentDigest(project, new Set(reproduced.map(stageId)));
  return { digest, add: filesToAdd(project, looked) };
}

// Outputs are those that are recorded: what a stage made before is not made again.
async function bringOutputs(project: Project, options: ReproduceOptions): Promise<void> {
  const { folder = project.root, targets = [], signal } = options;
  const looked = orderOf(openSession(project, { folder }), options).stages;
  const outs = looked.flatMap((stage) =>
    stage.outs.flatMap((out) => (out.cache && out.path !== null ? [out.absolute] : [])),
  );
  if (targets.length > 0 && outs.length === 0) return;
  const chosen = targets.length === 0 ? {} : { targets: outs, folder: project.root };
  const stop = signal === undefined ? {} : { signal };
  await lockRepository(project, () => checkoutOuts(project, { ...chosen, ...stop, force: true, allowMissing: true }));
}
