import { readdirSync, statSync } from "node:fs";
import type { Project } from "../../store/index.ts";
import { dvcTasks } from "./dvc-queue.ts";
import { ExperimentError } from "./error.ts";
import { dequeue, type QueuedExperiment, queuedExperiments } from "./queue.ts";
import { type QueueState, type QueueTask, taskOf } from "./queue-task.ts";
import { type Home, openHome } from "./refs.ts";
import { isRunning, readTask, readTaskInfo, removeTask, tasksFolder } from "./task-files.ts";

const order: readonly QueueState[] = ["running", "queued", "failed", "success"];

/** The queue, DVC's own too, in the order of `dvc queue status`: what runs, waits, failed, succeeded. */
export function queueTasks(project: Project): readonly QueueTask[] {
  return tasksOf(openHome(project));
}

export function tasksOf(home: Home): readonly QueueTask[] {
  const waiting = queuedExperiments(home).map((entry) => ownTask(home, entry));
  const failed = queuedExperiments(home, "failed").map((entry) => ownTask(home, entry));
  const known = new Set([...waiting, ...failed].map(({ commit }) => commit));
  const done = doneTasks(home).filter(({ commit }) => !known.has(commit));
  const all = [...waiting, ...failed, ...done, ...dvcTasks(home)];
  return order.flatMap((state) => all.filter((task) => task.state === state));
}

function ownTask(home: Home, { name, baseline, commit, state }: QueuedExperiment): QueueTask {
  const running = state === "queued" && isRunning(readTask(home.project, commit));
  return taskOf(home, { name, baseline, commit, owner: "stemma", state: running ? "running" : state });
}

/** What our workers have made. */
function doneTasks(home: Home): readonly QueueTask[] {
  const parent = tasksFolder(home.project);
  if (statSync(parent, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(parent).flatMap((commit) => {
    const info = readTaskInfo(home.project, commit);
    if (info === null || info.ref === null || info.baseline === null || info.owner !== "stemma") return [];
    const { name, baseline } = info;
    return [taskOf(home, { name, baseline, commit, owner: "stemma", state: "success" })];
  });
}

/** Takes tasks of ours from the queue, and what is kept of them; experiments that they made stay. @throws {ExperimentError} one is DVC's */
export function removeTasks(project: Project, tasks: readonly QueueTask[]): void {
  const home = openHome(project);
  const theirs = tasks.filter(({ owner }) => owner === "dvc").map(({ name, commit }) => name ?? commit.slice(0, 7));
  if (theirs.length > 0)
    throw new ExperimentError(
      `'${theirs.join("; ")}' is in DVC's own queue. Remove it with: dvc queue remove ${theirs.join(" ")}`,
    );
  const commits = new Set(tasks.map(({ commit }) => commit));
  for (const entry of [...queuedExperiments(home), ...queuedExperiments(home, "failed")]) {
    if (commits.has(entry.commit)) dequeue(home, entry);
  }
  for (const { commit } of tasks) removeTask(project, commit);
}

/**
 * The tasks that some words name: names of experiments, or beginnings of their commits.
 *
 * @throws {ExperimentError} one names none
 */
export function tasksNamed(
  tasks: readonly QueueTask[],
  words: readonly string[],
  what = "queued experiment name",
): readonly QueueTask[] {
  const found = words.map(
    (word) => tasks.findLast(({ name }) => name === word) ?? tasks.find(({ commit }) => isPart(commit, word)),
  );
  const missing = words.filter((_, i) => found[i] === undefined);
  if (missing.length > 0) {
    const list = `'${missing.join("; ")}'`;
    throw new ExperimentError(missing.length > 1 ? `${list} are not valid ${what}s` : `${list} is not a valid ${what}`);
  }
  return found.flatMap((task) => task ?? []);
}

function isPart(commit: string, word: string): boolean {
  return /^[0-9a-f]{4,40}$/i.test(word) && commit.startsWith(word.toLowerCase());
}
