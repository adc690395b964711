import { openRevision, type Revision } from "../git/index.ts";
import type { Project } from "../store/index.ts";
import { RevisionError } from "./data-diff.ts";
import {
  type DataOut,
  dataOuts,
  type OpenRemotes,
  openRepoSource,
  remotesOf,
  revisionFiles,
  workspaceFiles,
} from "./remote/index.ts";
import { openRepository, type Repository } from "./repository.ts";

/** Which state of which project: the folder as it is now where nothing is said. */
export interface StateChoice {
  /** A commit, branch or tag. */
  readonly rev?: string;
  /** Another repository: a folder, or an address that git clones. */
  readonly repo?: string;
  /** Name of the remote that has what the cache lacks; the default one without it. */
  readonly remote?: string;
}

/** What one state of a project records, and where its content is. */
export interface RecordedState {
  readonly repository: Repository;
  readonly outs: readonly DataOut[];
  /** null for the folder as it is now. */
  readonly revision: Revision | null;
  readonly remotes: OpenRemotes;
  readonly remote: string | null;
  /** Whether it is the project itself: what comes from its remote stays in its cache. */
  readonly own: boolean;
  /** For messages: "data of v1", "https://…". */
  readonly place: string;
  close(): Promise<void>;
}

/**
 * Opens a state of a project, or of another repository.
 *
 * @throws {RevisionError} @throws {CloneError}
 */
export async function openState(
  project: Project,
  choice: StateChoice,
  at: { readonly folder: string },
): Promise<RecordedState> {
  const { rev, repo, remote = null } = choice;
  if (repo !== undefined) {
    const source = await openRepoSource(repo, { rev: rev ?? null, folder: at.folder, remote });
    const { repository, outs, revision, remotes, url, close } = source;
    return { repository, outs, revision, remotes, remote, own: false, place: url, close };
  }
  const repository = openRepository(project);
  const revision = rev === undefined ? null : openRevision(project.root, rev);
  if (rev !== undefined && revision === null) throw new RevisionError(rev);
  const remotes = remotesOf(repository, "pull");
  const outs = dataOuts(revision === null ? workspaceFiles(project) : revisionFiles(revision));
  const place = rev === undefined ? project.root : `the commit ${rev}`;
  return { repository, outs, revision, remotes, remote, own: true, place, close: () => remotes.close() };
}
