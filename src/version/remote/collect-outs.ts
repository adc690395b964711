import { type CommitChoice, commitsOf, openRevisions } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { dataOuts } from "../data-outs.ts";
import { committedFiles, isRecordOrLock, type ProjectFiles, workingFiles } from "../project-files.ts";
import { MissingDataError } from "../version-error.ts";
import { type ChooseOptions, type ChosenOut, chooseOuts } from "./choose-outs.ts";

/** Which states of the project are meant besides what lies in the folder. */
export interface StateOptions extends ChooseOptions {
  readonly commits?: CommitChoice;
}

/**
 * The chosen outputs of the folder and of commits, each content once. A commit that cannot be read is told to `onFault` and left out.
 *
 * @throws {MissingDataError} the folder has no such target
 */
export function collectOuts(
  project: Project,
  options: StateOptions,
  onFault: (state: string, error: unknown) => void,
): readonly ChosenOut[] {
  const chosen = new Map<string, ChosenOut>();
  const take = (files: ProjectFiles): void => {
    for (const one of chooseOuts(project, dataOuts(files), options)) {
      const { md5, hash, path, remote, cache, push, kind } = one.out;
      const key = [md5 ?? path, hash, remote, cache, push, kind, one.out.source?.repo ? "" : "own", one.part].join(
        "\0",
      );
      if (!chosen.has(key)) chosen.set(key, one);
    }
  };
  const states = statesOf(project, options.commits ?? {});
  let first: { readonly error: unknown } | null = null;
  let read = 0;
  for (const open of states) {
    const { name, files } = open;
    try {
      take(files());
      read += 1;
    } catch (error) {
      first ??= { error };
      if (states.length > 1) onFault(name, error);
    }
  }
  if (read === 0 && first !== null) throw first.error;
  return [...chosen.values()];
}

interface State {
  readonly name: string;
  readonly files: () => ProjectFiles;
}

/** The folder, then the commits. */
export function statesOf(project: Project, choice: CommitChoice): readonly State[] {
  const { workspace, ...wanted } = choice;
  const commits = Object.keys(wanted).length === 0 ? [] : commitsOf(project.root, wanted);
  if ("unknown" in commits) {
    throw new MissingDataError(
      commits.unknown,
      `git knows no commit "${commits.unknown}". See what there is: git log --all --oneline`,
    );
  }
  let opened: ReadonlyMap<string, ProjectFiles> | null = null;
  // All at once, with the first that is asked for: a project may have thousands of commits.
  const committed = (): ReadonlyMap<string, ProjectFiles> => {
    opened ??= new Map(
      openRevisions(project.root, commits, isRecordOrLock).map((one) => [one.commit, committedFiles(one)]),
    );
    return opened;
  };
  const none = { paths: [], read: () => null };
  return [
    ...(workspace === false ? [] : [{ name: "workspace", files: () => workingFiles(project) }]),
    ...commits.map((name) => ({ name, files: () => committed().get(name) ?? { name, ...none } })),
  ];
}
