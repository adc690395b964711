import { relative, sep } from "node:path";
import { printDir } from "../format/index.ts";
import { md5, type Project } from "../store/index.ts";
import { entriesOf, isCached } from "./cached-content.ts";
import { type DvcIgnore, readDvcIgnore } from "./dvc-ignore.ts";
import { openRepository, type Repository } from "./repository.ts";
import { allOuts, type TrackedOut } from "./tracked-outs.ts";
import { readWorkspace, type Workspace } from "./workspace.ts";

/** `new`: the `.dvc` file records no content yet. `not in cache`: changed or not, the recorded content is not here. */
export type DataState = "unchanged" | "modified" | "deleted" | "not in cache" | "new";

export interface DataStatus {
  /** From the project's root, with `/`. */
  readonly path: string;
  /** The `.dvc` file, from the project's root. */
  readonly file: string;
  readonly state: DataState;
  /** The recorded content; null when none is. */
  readonly md5: string | null;
}

/** How the data of a project differs from what its `.dvc` files record; in the order of the paths. DVC's own words. */
export async function dataStatus(project: Project): Promise<readonly DataStatus[]> {
  const repository = openRepository(project);
  const rules = readDvcIgnore(project.root);
  const statuses: DataStatus[] = [];
  for (const tracked of allOuts(project, rules)) {
    const state = await stateOf(repository, tracked, rules);
    const file = posix(relative(project.root, tracked.dvcFile));
    statuses.push({ path: tracked.path, file, state, md5: tracked.out.md5 });
  }
  return statuses;
}

function posix(path: string): string {
  return path.replaceAll(sep, "/");
}

// dvc/output.py, Output.status: the cache is looked at first.
async function stateOf(repository: Repository, tracked: TrackedOut, rules: DvcIgnore): Promise<DataState> {
  const { md5: digest, hash, cache } = tracked.out;
  if (digest !== null && cache && !isComplete(repository, tracked)) return "not in cache";
  const workspace = await readWorkspace({ repository, rules, ...tracked }, hash);
  if (workspace.kind === "missing") return "deleted";
  if (digest === null) return "new";
  return contentDigest(workspace) === digest ? "unchanged" : "modified";
}

function isComplete(repository: Repository, tracked: TrackedOut): boolean {
  const { md5: digest, hash } = tracked.out;
  if (digest === null || !isCached(repository, digest, hash)) return false;
  return entriesOf(repository, digest, hash).every((entry) => isCached(repository, entry.md5, hash));
}

/** The digest that `dvc add` would record of what lies in the folder now. */
export function contentDigest(workspace: Workspace): string | null {
  if (workspace.kind === "missing") return null;
  if (workspace.kind === "file") return workspace.files[0]?.md5 ?? null;
  return `${md5(printDir(workspace.files.map(({ relpath, md5 }) => ({ relpath, md5 }))))}.dir`;
}
