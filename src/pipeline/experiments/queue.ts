import { parseParamsFile } from "../../format/index.ts";
import { callGit, commitTime, deleteRef, listRefs, setRef, writeCommit } from "../../git/index.ts";
import type { Experiment, Home } from "./refs.ts";

/** An experiment that waits to be run, or that failed when it was. */
export interface QueuedExperiment {
  readonly name: string;
  readonly baseline: string;
  /** Its files, params set, as a commit on the baseline. */
  readonly commit: string;
  readonly ref: string;
  readonly state: "queued" | "failed";
  readonly request: QueuedRequest;
  readonly timeMs: number;
}

/** What was asked for with it. */
export interface QueuedRequest {
  readonly targets: readonly string[];
  readonly force: boolean;
  readonly message: string | null;
  readonly copyPaths: readonly string[];
  /** The asker's folder, from the top of the repository. */
  readonly folder: string;
  /** In a grid or between calls of one second: which comes first. */
  readonly place: number;
}

const folders = { queued: "refs/stemma/queue/", failed: "refs/stemma/failed/" } as const;

/** Puts an experiment at the end of the queue. */
export function enqueue(
  home: Home,
  entry: Omit<QueuedExperiment, "ref" | "state" | "commit" | "timeMs">,
  tree: string,
): string {
  const message = JSON.stringify(entry.request);
  const commit = writeCommit(home.top, { tree, parents: [entry.baseline], message });
  setRef(home.top, { ref: `${folders.queued}${entry.baseline}/${entry.name}`, commit });
  return commit;
}

/** What waits, the first first; or what failed. */
export function queuedExperiments(
  home: Home,
  state: QueuedExperiment["state"] = "queued",
): readonly QueuedExperiment[] {
  const found = listRefs(home.top, folders[state]).flatMap(({ ref, commit }) => {
    const [, baseline, name] = /^refs\/stemma\/\w+\/([0-9a-f]{40})\/([^/]+)$/.exec(ref) ?? [];
    if (baseline === undefined || name === undefined) return [];
    const request = parseRequest(callGit(home.top, ["show", "--no-patch", "--format=%B", commit]));
    return [{ name, baseline, commit, ref, state, request, timeMs: commitTime(home.top, commit) }];
  });
  return found.toSorted((a, b) => a.timeMs - b.timeMs || a.request.place - b.request.place);
}

function parseRequest(text: string): QueuedRequest {
  const value = parseParamsFile(text, "queue.json") as Partial<Record<keyof QueuedRequest, unknown>>;
  const texts = (list: unknown): readonly string[] =>
    Array.isArray(list) ? list.filter((item): item is string => typeof item === "string") : [];
  return {
    targets: texts(value.targets),
    force: value.force === true,
    message: typeof value.message === "string" ? value.message : null,
    copyPaths: texts(value.copyPaths),
    folder: typeof value.folder === "string" ? value.folder : "",
    place: typeof value.place === "number" ? value.place : 0,
  };
}

/** Takes an experiment from the queue: it ran, or is not wanted. */
export function dequeue(home: Home, { ref }: Pick<QueuedExperiment, "ref">): void {
  deleteRef(home.top, ref);
}

/** Puts an experiment aside that could not be run. */
export function setAside(home: Home, { ref, baseline, name, commit }: QueuedExperiment): void {
  setRef(home.top, { ref: `${folders.failed}${baseline}/${name}`, commit });
  deleteRef(home.top, ref);
}

/** Forgets an earlier failure of that name. */
export function forgetFailure(home: Home, { baseline, name }: Pick<Experiment, "baseline" | "name">): void {
  deleteRef(home.top, `${folders.failed}${baseline}/${name}`);
}
