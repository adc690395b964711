import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Changes, changesNow, changesOf } from "../git/index.ts";
import { gitStandsMs, isInRepository, workingFolder } from "./context.ts";
import type { RunRecord } from "./record.ts";
import type { RunWriter } from "./run-writer.ts";

/** Where a run keeps what its code differed in from its commit, where that is too long for a tag. */
const changesPath = "source/changes.diff";

interface Asked {
  readonly folder: string;
  readonly askedMs: number;
  readonly answer: Promise<Changes | null>;
  /** Once it is there. */
  changes?: Changes | null;
}

let last: Asked | null = null;

/** What differs from the commit, asked once in ten seconds; a failed answer is none. */
function asked(folder: string): Asked {
  const now = Date.now();
  if (last !== null && last.folder === folder && now - last.askedMs <= gitStandsMs) return last;
  const asking: Asked = { folder, askedMs: now, answer: changesOf(folder) };
  void asking.answer.then((changes) => {
    asking.changes = changes;
  });
  last = asking;
  return asking;
}

/**
 * Keeps with a run what its code differs in from its commit, as soon as git has said it: a short diff
 * as MLflow's tag, a longer one as an artifact, the untracked files by name.
 *
 * @returns to be called before the run ends: then what is still missing is asked for at once
 */
export function keepChanges(writer: RunWriter): () => void {
  if (!isInRepository()) return () => {};
  const folder = workingFolder();
  const asking = asked(folder);
  let done = false;
  const keep = (changes: Changes | null): void => {
    if (done || writer.status !== "RUNNING") return;
    if (changes !== null) writeChanges(writer, changes);
    done = true;
  };
  if (asking.changes !== undefined) keep(asking.changes);
  // Nobody awaits this: what fails here is tried again, and told, when the run ends.
  else void asking.answer.then(keep).catch(() => {});
  return () => {
    if (done) return;
    asking.changes ??= changesNow(folder);
    keep(asking.changes);
  };
}

/** Characters of a diff that fits a tag; a file, with its syncs, costs a run ten milliseconds. */
const shortDiff = 4_000;
const namedFiles = 20;
const diffTag = "mlflow.source.git.diff";

function writeChanges(writer: RunWriter, { diff, files, leftOut, untracked }: Changes): void {
  const text = Buffer.from(diff).toString("utf8");
  // Bytes that are no UTF-8 would not come back from a tag.
  const isShort = text.length <= shortDiff && Buffer.from(text).equals(diff);
  if (files.length > 0 && !isShort) writer.artifact(changesPath, diff);
  const tags = {
    ...(files.length > 0 && isShort ? { [diffTag]: text } : {}),
    ...(files.length > 0 ? { "stemma.git.changed": listed(files) } : {}),
    ...(leftOut.length > 0 ? { "stemma.git.leftOut": `${listed(leftOut)}: their diff is over 1 MB` } : {}),
    ...(untracked.length > 0 ? { "stemma.git.untracked": listed(untracked) } : {}),
  };
  if (Object.keys(tags).length > 0) writer.tags(tags);
}

/** What a run's code differed in from its commit, as `git apply` takes it; null where it did not, or was in no repository. */
export function diffOf({ tags, artifactFolder }: RunRecord): Uint8Array | null {
  const text = tags[diffTag];
  if (text !== undefined) return Buffer.from(text);
  const file = join(artifactFolder, ...changesPath.split("/"));
  return tags["stemma.git.changed"] !== undefined && existsSync(file) ? readFileSync(file) : null;
}

function listed(names: readonly string[]): string {
  const more = names.length - namedFiles;
  return `${names.slice(0, namedFiles).join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}
