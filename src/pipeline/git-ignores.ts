import { appendFileSync, existsSync, lstatSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ignoredPaths, trackedPaths } from "../git/index.ts";
import { ignoreLine } from "../version/index.ts";
import { PipelineError } from "./pipeline-error.ts";
import type { Session } from "./session.ts";
import type { StageOutput } from "./stage.ts";

/** Keeps cached outputs out of git, as DVC does. git is asked once for all of them: a call each costs more than most stages. */
export class GitIgnores {
  private readonly session: Session;
  private asked: { readonly tracked: ReadonlySet<string>; readonly ignored: ReadonlySet<string> } | null = null;
  /** The `.gitignore` files that were written to, from the project's root. */
  readonly written: Set<string> = new Set();

  constructor(session: Session) {
    this.session = session;
  }

  /** @throws {PipelineError} git tracks the output already */
  add(out: StageOutput): void {
    const { repository, project } = this.session;
    if (repository.gitRoot === null || !out.cache || out.path === null) return;
    const { tracked, ignored } = this.ask();
    if (tracked.has(out.path)) {
      throw new PipelineError(
        `output '${out.given}' is already tracked by SCM (e.g. Git).\n    You can remove it from Git, then add to DVC.\n        To stop tracking from Git:\n            git rm -r --cached '${out.given}'\n            git commit -m "stop tracking ${out.given}"`,
      );
    }
    const folder = lstatSync(out.absolute, { throwIfNoEntry: false })?.isDirectory() === true;
    if (ignored.has(out.path) || (folder && ignored.has(`${out.path}/`))) return;
    const file = join(dirname(out.absolute), ".gitignore");
    if (!existsSync(dirname(file))) return;
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    const line = ignoreLine(basename(out.absolute));
    if (text.split("\n").includes(line)) return;
    // What people wrote stays untouched, so nothing has to wait for the disk.
    appendFileSync(file, `${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`);
    this.written.add(relative(project.root, file));
  }

  private ask(): { readonly tracked: ReadonlySet<string>; readonly ignored: ReadonlySet<string> } {
    if (this.asked !== null) return this.asked;
    const { project, pipelines } = this.session;
    const paths = pipelines.stages.flatMap((stage) =>
      stage.outs.flatMap((out) => (out.path === null ? [] : [out.path])),
    );
    this.asked = {
      tracked: trackedPaths(project.root, paths),
      ignored: ignoredPaths(
        project.root,
        paths.flatMap((path) => [path, `${path}/`]),
      ),
    };
    return this.asked;
  }
}
