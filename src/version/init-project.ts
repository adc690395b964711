import { existsSync, lstatSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { StemmaError } from "../error.ts";
import { isIgnored, stage } from "../git/index.ts";
import type { Project } from "../store/index.ts";
import { gitRootOf, initRepository } from "./repository.ts";

/** A project cannot be made here. */
export class InitError extends StemmaError {
  constructor(message: string) {
    super("INIT", message);
  }
}

export interface InitOptions {
  /** Without git. */
  readonly noScm?: boolean;
  /** Below the top of a git repository. */
  readonly subdir?: boolean;
  /** Anew where there is a project already; its local cache goes. */
  readonly force?: boolean;
}

/**
 * Makes a DVC project, as `dvc init` does; git has its files staged afterwards.
 *
 * @throws {InitError} @throws {StemmaError} INVALID_ARGUMENT
 */
export function initProject(folder: string, options: InitOptions = {}): Project {
  if (options.noScm && options.subdir) {
    throw new StemmaError("INVALID_ARGUMENT", "Cannot initialize repo with `--no-scm` and `--subdir`");
  }
  const root = resolve(folder);
  const dvcFolder = join(root, ".dvc");
  const gitRoot = options.subdir ? gitRootOf(root) : existsSync(join(root, ".git")) ? root : null;
  if (gitRoot === null && !options.noScm) {
    throw new InitError(
      `${root} is not tracked by any supported SCM tool (e.g. Git). Use \`--no-scm\` if you don't want to use any SCM or \`--subdir\` if initializing inside a subdirectory of a parent SCM repository.`,
    );
  }
  if (!options.noScm && isIgnored(dvcFolder)) {
    throw new InitError(
      `${dvcFolder} is ignored by your SCM tool. Make sure that it's tracked, for example, by adding '!.dvc' to .gitignore.`,
    );
  }
  if (lstatSync(dvcFolder, { throwIfNoEntry: false })?.isDirectory() === true) {
    if (!options.force) throw new InitError(`'${relative(process.cwd(), dvcFolder)}' exists. Use \`-f\` to force.`);
    rmSync(dvcFolder, { recursive: true });
  }
  const project = { root, stemmaFolder: join(root, "stemma"), dvcFolder };
  initRepository(project, { noScm: options.noScm === true });
  if (!options.noScm) stage(root, [".dvc/config", ".dvcignore", ".dvc/.gitignore"]);
  return project;
}
