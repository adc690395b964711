import { StemmaError } from "../error.ts";
import type { Project } from "../store/index.ts";
import { lockRepository } from "../version/index.ts";
import { GitIgnores } from "./git-ignores.ts";
import { lockFileOf } from "./load-pipelines.ts";
import { LockWriter } from "./lock-writer.ts";
import { NewNames } from "./new-names.ts";
import { granularTargets, type StatusOptions } from "./pipeline-status.ts";
import { openSession } from "./session.ts";
import { addressOf, type PipelineStage, shownPath, stageId } from "./stage.ts";
import { type RunContext, saveStage } from "./stage-run.ts";
import { stageState } from "./stage-state.ts";

export interface CommitStagesOptions extends StatusOptions {
  /** What changed is recorded without asking. */
  readonly force?: boolean;
  /** Asked about what changed; refused without it. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

/** Somebody has to say that what changed is meant. */
export class StageCommitError extends StemmaError {
  constructor(address: string) {
    super("COMMIT_REFUSED", `unable to commit changed stage: '${address}'. Use \`-f|--force\` to force.`);
  }
}

/**
 * Records stages as they are now, without running them: the cache has their outputs and `dvc.lock` says so, as `dvc commit` does.
 *
 * @returns the files that were written, from the project's root
 * @throws {StageCommitError} @throws {UnknownTargetError}
 * @throws {PipelineError} a dependency or an output is missing
 */
export async function commitStages(project: Project, options: CommitStagesOptions = {}): Promise<readonly string[]> {
  return lockRepository(project, async () => {
    const session = openSession(project, options.folder === undefined ? {} : { folder: options.folder });
    const stages = granularTargets(session, options).flatMap(({ stage }) => (stage.kind === "stage" ? [stage] : []));
    const ignores = new GitIgnores(session);
    const names = new NewNames(session.repository.cache.folder);
    const context: RunContext = { session, ignores, signal: options.signal, emit: () => {}, names: names.objects };
    const locks = new LockWriter(project, stages.map(stageId), names.locks);
    const written = new Set<string>();
    try {
      for (const stage of stages) {
        if (options.force !== true) await ask(context, stage, options);
        const entry = await saveStage(context, stage, { commit: true, runCache: true, allowMissing: false });
        if (locks.put(stage.file, stage.name, entry) !== "unchanged") written.add(lockFileOf(stage.file));
      }
    } finally {
      await names.settle();
    }
    return [...written, ...ignores.written].toSorted();
  });
}

async function ask({ session }: RunContext, stage: PipelineStage, options: CommitStagesOptions): Promise<void> {
  const { deps, outs, command } = await stageState(session, { ...stage, frozen: false }, options.signal);
  if (deps.size === 0 && outs.size === 0 && !command) return;
  const list = (paths: Iterable<Parameters<typeof shownPath>[0]>): string =>
    `[${[...paths].map((path) => `'${shownPath(path, session.folder)}'`).join(", ")}]`;
  const address = addressOf(stage, session.folder);
  const what = [
    ...(deps.size === 0 ? [] : [`dependencies ${list(deps.keys())}`]),
    ...(outs.size === 0 ? [] : [`outputs ${list(outs.keys())}`]),
  ].join(" and ");
  const sentence =
    what === "" ? `'cmd' of stage: '${address}' has changed.` : `${what} of stage: '${address}' changed.`;
  if ((await options.confirm?.(`${sentence} Are you sure you want to commit it?`)) !== true)
    throw new StageCommitError(address);
}
