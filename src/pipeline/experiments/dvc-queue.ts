import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseParamsFile } from "../../format/index.ts";
import { commitAt } from "../../git/index.ts";
import { type QueueTask, taskOf } from "./queue-task.ts";
import type { Home } from "./refs.ts";
import { isRunning, readTask, readTaskInfo, recordAt } from "./task-files.ts";

/** An experiment in DVC's queue: a commit of its stash, and the message that asks a worker of Celery's to run it. */
interface Message {
  readonly id: string;
  readonly commit: string;
  readonly baseline: string;
  readonly name: string | null;
}

/** DVC's own queue, which its workers empty: Celery's files below `.dvc/tmp/exps/celery` (dvc/repo/experiments/queue/celery.py). Only read. */
export function dvcTasks(home: Home): readonly QueueTask[] {
  const celery = join(home.project.dvcFolder, "tmp", "exps", "celery");
  const waiting = messagesIn(join(celery, "broker", "in")).map((message) => taskOf(home, { ...message, ...theirs }));
  const taken = messagesIn(join(celery, "broker", "processed")).map((message) => takenTask(home, celery, message));
  // DVC forgets a commit when git does.
  return [...waiting, ...taken].filter(({ commit }) => commitAt(home.top, commit) !== null);
}

const theirs = { owner: "dvc", state: "queued" } as const;

function takenTask(home: Home, celery: string, message: Message): QueueTask {
  const result = recordAt(join(celery, "result", `celery-task-meta-${message.id}`));
  const done = ["SUCCESS", "FAILURE", "REVOKED"].includes(String(result?.["status"]));
  const ref = readTaskInfo(home.project, message.commit)?.ref ?? null;
  const process = readTask(home.project, message.commit);
  // A worker that was killed leaves a task that is never done.
  const state = done
    ? ref === null
      ? "failed"
      : "success"
    : isRunning(process) || process === null
      ? "running"
      : "failed";
  return taskOf(home, { ...message, owner: "dvc", state });
}

/** The messages about experiments in a folder, in the order in which they came. */
function messagesIn(folder: string): readonly Message[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".celery.msg"))
    .toSorted()
    .flatMap((name) => {
      const record = recordAt(join(folder, name));
      return record === null ? [] : messageOf(record);
    });
}

function messageOf({ body, headers }: Readonly<Record<string, unknown>>): readonly Message[] {
  const { id, task }: { readonly id?: unknown; readonly task?: unknown } = Object(headers);
  if (task !== "dvc.repo.experiments.queue.tasks.run_exp" || typeof id !== "string" || typeof body !== "string")
    return [];
  const [args, options] = parseParamsFile(
    Buffer.from(body, "base64").toString("utf8"),
    "task.json",
  ) as unknown as readonly [readonly unknown[] | undefined, unknown];
  const entry = Object(options)["entry_dict"] ?? args?.[0];
  const { stash_rev: commit, baseline_rev: baseline, name }: Readonly<Record<string, unknown>> = Object(entry);
  if (typeof commit !== "string" || typeof baseline !== "string") return [];
  return [{ id, commit, baseline, name: typeof name === "string" ? name : null }];
}
