import type { HashName } from "../../format/index.ts";
import type { Project } from "../../store/index.ts";
import { openRepository } from "../repository.ts";
import { lockRepository } from "../repository-lock.ts";
import { collectOuts, type StateOptions } from "./collect-outs.ts";
import { presentAt } from "./remote-objects.ts";
import { remoteSettings, remotesOf } from "./remotes.ts";
import { cachedBytes, type WantedSet, wantedObjects } from "./wanted-objects.ts";

/** `new`: the remote lacks it. `deleted`: the cache lacks it. `missing`: both do. DVC's own words. */
export type CloudState = "new" | "deleted" | "missing";

export interface CloudChange {
  /** From the project's root. */
  readonly path: string;
  readonly state: CloudState;
}

export interface CloudStatus {
  /** The remote's name. */
  readonly remote: string;
  readonly changes: readonly CloudChange[];
}

export interface CloudStatusOptions extends StateOptions {
  readonly remote?: string;
  readonly onFault?: (state: string, error: unknown) => void;
}

/** How the cache and a remote differ in what the chosen outputs need. Outputs with a remote of their own are left out, as DVC does. */
export function cloudStatus(project: Project, options: CloudStatusOptions = {}): Promise<CloudStatus> {
  return lockRepository(project, () => compare(project, options));
}

async function compare(project: Project, options: CloudStatusOptions): Promise<CloudStatus> {
  const repository = openRepository(project);
  const remotes = remotesOf(repository, "status");
  try {
    const remote = options.remote?.toLowerCase() ?? null;
    const { name } = remoteSettings(repository, remote, "status -c");
    const chosen = collectOuts(project, options, options.onFault ?? (() => {})).filter(
      ({ out }) => out.push && out.remote === null,
    );
    const changes: CloudChange[] = [];
    const sets = await wantedObjects({ repository, remotes }, chosen, {
      remote,
      loadListings: true,
      onMissing: (_digest, path) => changes.push({ path, state: "missing" }),
    });
    const gone = new Set(changes.map(({ path }) => path));
    for (const set of sets) {
      for (const change of await changesOf(repository, set)) if (!gone.has(change.path)) changes.push(change);
    }
    return { remote: name, changes };
  } finally {
    await remotes.close();
  }
}

async function changesOf(
  repository: ReturnType<typeof openRepository>,
  set: WantedSet,
): Promise<readonly CloudChange[]> {
  const changes: CloudChange[] = [];
  for (const hash of ["md5", "md5-dos2unix"] satisfies readonly HashName[]) {
    const objects = [...set.objects.values()].filter((object) => object.hash === hash);
    if (objects.length === 0) continue;
    const asked = objects.map((object) => ({ ...object, bytes: cachedBytes(repository, object) }));
    const there = await presentAt(set.at.remote, hash, asked);
    for (const { digest, name, bytes } of asked) {
      const state = stateOf(there.has(digest), bytes !== null);
      if (state !== null) changes.push({ path: name, state });
    }
  }
  return changes;
}

function stateOf(there: boolean, here: boolean): CloudState | null {
  if (there && here) return null;
  if (there) return "deleted";
  return here ? "new" : "missing";
}
