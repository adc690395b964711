import { realpathSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, dirname, relative, sep } from "node:path";
import { type Head, headOf, remoteOf } from "../git/index.ts";
import { host } from "../host/index.ts";
import { findProject, type Project } from "../store/index.ts";
import { commandLine, machineTags } from "./context-machine.ts";
import { packagesOf } from "./context-packages.ts";

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

/** Where a run comes from and what it runs with, in MLflow's tags and, for what those have no word for, ours. */
export function sourceTags(): Readonly<Record<string, string>> {
  const notebook = host().notebook();
  const cell = host().cell();
  const isNotebook = notebook !== null || cell !== null;
  return present({
    // A kernel's own program is nobody's source: which notebook it runs for may not be known.
    "mlflow.source.name": isNotebook ? notebook : (process.argv[1] ?? "node"),
    "mlflow.source.type": isNotebook ? "NOTEBOOK" : "LOCAL",
    "stemma.cell.id": cell?.id ?? null,
    "stemma.cell.count": cell?.count == null ? null : String(cell.count),
    "stemma.kernel.id": host().kernelId(),
    "stemma.session.id": host().session(),
    "stemma.command": isNotebook
      ? null
      : commandLine([basename(process.argv0), ...process.execArgv, ...process.argv.slice(1)]),
    "stemma.folder": folderInProject(),
    // Set for what `run.reproduce()` runs.
    "stemma.reproduction": process.env["STEMMA_REPRODUCTION"] || null,
    ...machineTags(),
    ...packageTags(),
    ...gitTags(),
  });
}

function folderInProject(): string {
  const folder = realpathSync(workingFolder());
  return relative(findProject(folder).root, folder).split(sep).join("/") || ".";
}

/** Characters of the package list at most: every run has it. */
const longestList = 2_000;

function packageTags(): Readonly<Record<string, string | null>> {
  const { lock, versions } = packagesOf(workingFolder());
  const named = Object.entries(versions);
  let text = JSON.stringify(versions);
  for (let count = named.length; text.length > longestList; count--)
    text = JSON.stringify({ ...Object.fromEntries(named.slice(0, count)), "…": `${named.length - count} more` });
  return { "stemma.packages.lock": lock, "stemma.packages": named.length === 0 ? null : text };
}

function gitTags(): Readonly<Record<string, string | null>> {
  const { head, remote } = currentHead();
  return {
    "mlflow.source.git.commit": head?.commit ?? null,
    "mlflow.source.git.branch": head?.branch ?? null,
    "mlflow.source.git.dirty": head === null ? null : String(head.dirty),
    "mlflow.source.git.repoURL": remote,
  };
}

interface KnownHead {
  readonly folder: string;
  readonly head: Head | null;
  readonly remote: string | null;
  readonly askedMs: number;
}

/** How long an answer of git's stands: a loop opens many runs, a commit may come between two cells. */
export const gitStandsMs = 10_000;
let lastHead: KnownHead | null = null;

function currentHead(): KnownHead {
  const folder = workingFolder();
  const now = Date.now();
  if (lastHead === null || lastHead.folder !== folder || now - lastHead.askedMs > gitStandsMs) {
    const head = headOf(folder);
    lastHead = { folder, head, remote: head === null ? null : remoteOf(folder), askedMs: now };
  }
  return lastHead;
}

/** Whether the folder is in a repository, as it was last asked. */
export function isInRepository(): boolean {
  return currentHead().head !== null;
}

function present(tags: Readonly<Record<string, string | null>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).filter((tag): tag is [string, string] => tag[1] !== null));
}
