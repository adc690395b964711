import { StemmaError } from "../error.ts";
import { changedPaths, createTag, openRevision } from "../git/index.ts";
import type { Project } from "../store/index.ts";
import { gitRootOf } from "./repository.ts";

/** git did not make the tag, or it would name other data than lies here; the message says why. */
export class TagError extends StemmaError {
  constructor(message: string) {
    super("TAG", message);
  }
}

/** A tag of git's. */
export interface DataTag {
  readonly name: string;
  /** 40 hex digits. */
  readonly commit: string;
  readonly message: string;
}

/**
 * Makes an annotated tag of the last commit, which names the data of the whole project.
 *
 * @throws {TagError} no git, no commit, a name that is taken or none; records of data that are not committed
 */
export function tagData(project: Project, name: string, message: string): DataTag {
  if (gitRootOf(project.root) === null) {
    throw new TagError(
      `${project.root} is in no git repository, and a tag is git's; run git init and commit the .dvc files.`,
    );
  }
  if (openRevision(project.root, "HEAD") === null) {
    throw new TagError(`There is no commit yet that "${name}" could name; commit the .dvc files first.`);
  }
  const changed = changedPaths(project.root, ["*.dvc", ":(glob)**/dvc.lock", ":(glob)**/dvc.yaml"]);
  if (changed.length > 0) {
    const named = changed.slice(0, 3).join(" ");
    throw new TagError(
      `${named}${changed.length > 3 ? ` and ${changed.length - 3} more` : ""} ${changed.length === 1 ? "is" : "are"} not committed, so "${name}" would name other data than you see. First: git add ${named} && git commit`,
    );
  }
  const made = createTag(project.root, name, message);
  if ("refused" in made) throw new TagError(`git did not make the tag "${name}": ${made.refused}`);
  return { name, commit: made.commit, message };
}
