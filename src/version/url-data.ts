import { posix, relative, resolve, sep } from "node:path";
import type { Project } from "../store/index.ts";
import { objectPath } from "./cached-content.ts";
import type { OpenOptions } from "./open-data.ts";
import { openState } from "./recorded-state.ts";
import { loadListing, remotePath } from "./remote/index.ts";
import { MissingDataError } from "./version-error.ts";

/**
 * Where the content of some data is kept at the remote, whether it was pushed or not: DVC's `get_url`. In the cache where there is
 * no remote.
 *
 * @throws {MissingDataError} nothing records it @throws {RevisionError} @throws {NoRemoteError}
 */
export async function urlOf(project: Project, given: string, options: OpenOptions): Promise<string> {
  const state = await openState(project, options, options);
  try {
    const inside = options.repo === undefined ? relative(project.root, resolve(options.folder, given)) : given;
    const path = posix.normalize(inside.split(sep).join("/")).replace(/\/$/, "");
    const out = state.outs.find((one) => one.path === path || path.startsWith(`${one.path}/`));
    if (out === undefined || out.md5 === null) {
      throw new MissingDataError(
        given,
        `No .dvc file or stage in ${state.place} records ${given}; version("${given}") does.`,
      );
    }
    const { remote } = await state.remotes.getOrNone(out.remote ?? state.remote);
    let digest: string = out.md5;
    if (out.path !== path) {
      const { entries } = await loadListing(
        state.repository,
        out,
        await state.remotes.getOrNone(out.remote ?? state.remote),
      );
      const inner = entries?.find((entry) => `${out.path}/${entry.relpath}` === path);
      if (inner === undefined) throw new MissingDataError(given, `${out.path} in ${state.place} has no file ${given}.`);
      digest = inner.md5;
    }
    if (remote.url === "no remote") return objectPath(state.repository, digest, out.hash);
    return `${remote.url.replace(/\/$/, "")}/${remotePath(digest, out.hash)}`;
  } finally {
    await state.close();
  }
}
