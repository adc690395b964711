import { openDatabase, type Project } from "../../store/index.ts";
import { sha256 } from "../encoding/index.ts";
import { groupWriter } from "./group-writer.ts";
import { KeptTexts, type TextRow } from "./kept-text.ts";

/** Whose checkpoint it is. */
export interface CheckpointOwner {
  /** The task's key. What its step is told never to keep has a key for each run: the part that code and inputs make counts. */
  readonly key: string;
  readonly run: string;
  readonly step: string;
  readonly indices: readonly number[];
}

/** Keeps what a step has so far, in place of what it kept before; on the disk when it resolves. Gone with the step's result. */
export async function saveCheckpoint(project: Project, owner: CheckpointOwner, text: string): Promise<void> {
  const { body, object, parts } = new KeptTexts(project).put(text);
  const { run, step, indices } = owner;
  await groupWriter(project).durable((sql) =>
    sql.run(
      `INSERT OR REPLACE INTO flow_checkpoint (key, run, step, item, digest, body, object, parts, time)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[checkpointKey(owner.key), run, step, indices.join(" "), sha256(text), body, object, parts, Date.now()],
    ),
  );
}

/** The text of the last checkpoint; null where there is none, or it was damaged. */
export function checkpointOf(project: Project, key: string): string | null {
  const row = openDatabase(project).first<TextRow & { readonly digest: string; readonly time: number }>(
    "SELECT digest, body, object, parts, time FROM flow_checkpoint WHERE key = ?",
    checkpointKey(key),
  );
  return row === null ? null : (new KeptTexts(project).value(row)?.text() ?? null);
}

/** What a checkpoint is found by. */
export function checkpointKey(key: string): string {
  return key.slice(0, 64);
}
