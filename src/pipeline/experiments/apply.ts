import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { callGit, keepStash, setRef, writeFilesOf } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { checkoutOuts, lockRepository } from "../../version/index.ts";
import { UnknownExperimentError } from "./error.ts";
import { queuedExperiments } from "./queue.ts";
import { experimentAt, type Home, openHome } from "./refs.ts";

/** Refs that DVC uses for the same. */
const appliedRef = "refs/exps/exec/EXEC_APPLY";
const headRef = "refs/exps/apply/ORIG_HEAD";

/** Where the folder's content before an `exp apply` is: `git stash apply refs/exps/apply/stash` brings it back. */
export const applyStash = "refs/exps/apply/stash";

/**
 * Brings an experiment's files and outputs into the folder, as `dvc exp apply`. Files that the experiment does not have stay where
 * something was changed; what was changed is kept in {@link applyStash}. The branch and git's index stay.
 *
 * @param revision an experiment's name, a commit, or a queued experiment's name
 * @throws {UnknownExperimentError}
 */
export async function applyExperiment(project: Project, revision: string): Promise<void> {
  const home = openHome(project);
  const commit = commitOf(home, revision);
  await lockRepository(project, async () => {
    setRef(home.top, { ref: headRef, commit: home.head });
    const message = `dvc-exp-apply:${home.head}:${commit}:${revision}`;
    const dirty = keepStash(home.top, home.head, { ref: applyStash, message });
    const own = filesOf(home, commit);
    writeFilesOf(home.top, commit);
    // In a clean folder nothing is lost: git has it.
    const gone = dirty ? [] : [...filesOf(home, home.head)].filter((path) => !own.has(path));
    for (const path of gone) if (existsSync(join(home.top, path))) rmSync(join(home.top, path));
    await checkoutOuts(project, { force: true });
    setRef(home.top, { ref: appliedRef, commit });
  });
}

function commitOf(home: Home, revision: string): string {
  const waiting = [...queuedExperiments(home), ...queuedExperiments(home, "failed")];
  const queued = waiting.find(({ name }) => name === revision);
  if (queued !== undefined) return queued.commit;
  try {
    return experimentAt(home, revision);
  } catch (cause) {
    throw Object.assign(new UnknownExperimentError([revision]), { cause });
  }
}

function filesOf(home: Home, commit: string): ReadonlySet<string> {
  const text = callGit(home.top, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit]);
  return new Set(text.split("\0").filter((path) => path !== ""));
}
