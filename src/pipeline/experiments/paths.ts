import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Project } from "../../store/index.ts";
import type { Home } from "./refs.ts";

/** A project in a worktree, where another copy of it lies. */
export interface Copy {
  /** The top of the worktree. */
  readonly top: string;
  readonly project: Project;
  /** The reader's folder there. */
  readonly folder: string;
}

/** The same places in a copy of the repository. @param folder of the reader, absolute */
export function copyAt(home: Home, top: string, folder: string): Copy {
  const root = join(top, relative(home.top, home.project.root));
  const own = join(top, relative(home.top, folder));
  const project = { root, stemmaFolder: join(root, "stemma"), dvcFolder: join(root, ".dvc") };
  return { top, project, folder: existsSync(own) ? own : root };
}

/** A path from the top of the repository, with `/`. */
export function fromTop(home: Home, path: string): string {
  return relative(home.top, path).split(sep).join("/");
}
