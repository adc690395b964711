import { userInfo } from "node:os";
import { dirname } from "node:path";
import { type Head, headOf } from "../git/index.ts";
import { host } from "../host/index.ts";
import { findProject, type Project } from "../store/index.ts";

/** The folder that paths and the project are found from: the notebook's, else the working folder. */
export function workingFolder(): string {
  const notebook = host().notebook();
  return notebook === null ? process.cwd() : dirname(notebook);
}

/** The project that the calling code works in. */
export function currentProject(): Project {
  return findProject(workingFolder());
}

/** Who runs this, as MLflow's `mlflow.user`. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user id without an entry in passwd.
    return process.env["USER"] ?? process.env["LOGNAME"] ?? "unknown";
  }
}

/** Where a run comes from, in MLflow's tags and, for what those have no word for, ours. */
export function sourceTags(): Readonly<Record<string, string>> {
  const notebook = host().notebook();
  const cell = host().cell();
  return present({
    "mlflow.source.name": notebook ?? process.argv[1] ?? "node",
    "mlflow.source.type": notebook === null && cell === null ? "LOCAL" : "NOTEBOOK",
    "stemma.cell.id": cell?.id ?? null,
    "stemma.cell.count": cell?.count == null ? null : String(cell.count),
    ...gitTags(),
  });
}

function gitTags(): Readonly<Record<string, string | null>> {
  const head = currentHead();
  return {
    "mlflow.source.git.commit": head?.commit ?? null,
    "mlflow.source.git.branch": head?.branch ?? null,
    "mlflow.source.git.dirty": head === null ? null : String(head.dirty),
  };
}

// A loop opens many runs; a commit may come between two cells.
const keptMs = 10_000;
let lastHead: { readonly folder: string; readonly head: Head | null; readonly askedMs: number } | null = null;

function currentHead(): Head | null {
  const folder = workingFolder();
  const now = Date.now();
  if (lastHead === null || lastHead.folder !== folder || now - lastHead.askedMs > keptMs)
    lastHead = { folder, head: headOf(folder), askedMs: now };
  return lastHead.head;
}

function present(tags: Readonly<Record<string, string | null>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).filter((tag): tag is [string, string] => tag[1] !== null));
}
