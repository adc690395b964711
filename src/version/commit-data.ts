import { basename } from "node:path";
import { StemmaError } from "../error.ts";
import { patchDvcFile } from "../format/index.ts";
import { type Project, writeDurable } from "../store/index.ts";
import { allDvcFiles, dvcFilesOf } from "./dvc-files.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { ignoreInGit, stageInGit } from "./git-ignore.ts";
import { changeLinks } from "./links.ts";
import { contentAt, keepContent } from "./out-content.ts";
import { openRepository, type Repository } from "./repository.ts";
import { lockRepository } from "./repository-lock.ts";
import { checkParents } from "./target.ts";
import type { TrackedOut } from "./tracked-outs.ts";
import { MissingDataError, refuseCloud } from "./version-error.ts";

export interface CommitOptions {
  /** Content that changed is recorded without asking. */
  readonly force?: boolean;
  /** Asked about content that changed; refused without it. */
  readonly confirm?: (question: string) => Promise<boolean>;
  readonly recursive?: boolean;
  readonly relink?: boolean;
  readonly folder: string;
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** Somebody has to say that changed data is meant. */
export class CommitRefusedError extends StemmaError {
  constructor(file: string) {
    super("COMMIT_REFUSED", `unable to commit changed '${file}'. Use \`-f|--force\` to force.`);
  }
}

/**
 * Keeps what lies in the folder now: the cache has it afterwards, and the `.dvc` files record it.
 *
 * @param target a `.dvc` file, data, or (recursive) a folder; everything when null
 * @throws {UnknownTargetError} @throws {CommitRefusedError} @throws {MissingDataError}
 */
export async function commitData(project: Project, target: string | null, options: CommitOptions): Promise<void> {
  await lockRepository(
    project,
    async () => {
      const files = target === null ? allDvcFiles(project) : dvcFilesOf(project, target, options);
      const repository = openRepository(project);
      for (const { outs } of files) for (const out of outs) await commitOut(repository, out, options);
    },
    options,
  );
}

async function commitOut(repository: Repository, tracked: TrackedOut, options: CommitOptions): Promise<void> {
  const { project } = repository;
  const { out, absolute, path } = tracked;
  refuseCloud(path, out);
  checkParents(project, path);
  const place = { repository, rules: readDvcIgnore(project.root), absolute, path };
  const now = await contentAt(place, out.hash, options.signal);
  const file = basename(tracked.dvcFile);
  if (now === null) throw new MissingDataError(path, `output '${path}' does not exist`);
  if (now.md5 !== out.md5 && options.force !== true) {
    const question = `outputs ['${path}'] of '${file}' changed. Are you sure you want to commit it?`;
    if ((await options.confirm?.(question)) !== true) throw new CommitRefusedError(file);
  }
  // What DVC 2 recorded and nobody changed stays as it is.
  if (now.md5 === out.md5 && out.hash !== "md5" && options.force !== true) return;
  const kept = out.cache ? await keepContent(place, keeping(options)) : await contentAt(place, "md5", options.signal);
  if (kept === null) return;
  const text = patchDvcFile(tracked.text, tracked.index, { ...kept, path: out.path });
  if (text !== tracked.text) writeDurable(tracked.dvcFile, text);
  const folder = kept.nfiles !== null;
  const ignored = repository.gitRoot === null || !out.cache ? null : ignoreInGit(absolute, folder);
  stageInGit(repository, [tracked.dvcFile, ...(ignored === null ? [] : [ignored])]);
  changeLinks(project, [[path, kept.md5]]);
}

function keeping({ signal, relink }: CommitOptions): { readonly signal?: AbortSignal; readonly link: boolean } {
  return { ...(signal === undefined ? {} : { signal }), link: relink !== false };
}
