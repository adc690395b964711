import { randomBytes } from "node:crypto";
import type { Sql } from "../../store/index.ts";
import { isDead, thisProcess } from "../../track/index.ts";
import { silentMs } from "./heartbeat.ts";

/** This process among the owners of runs and claims. */
export const ownerId: string = randomBytes(8).toString("hex");

/** Owners that said nothing for so long are forgotten; what they left open has no owner then, and counts as dead. */
const forgottenMs = 7 * 24 * 3_600_000;

/** Makes this process known to the others. */
export function enroll(sql: Sql): void {
  sql.run("DELETE FROM flow_owner WHERE beat < ?", Date.now() - forgottenMs);
  const { host, boot, pid, pidStart } = thisProcess();
  sql.run(
    "INSERT OR REPLACE INTO flow_owner (id, host, boot, pid, pid_start, beat) VALUES (?, ?, ?, ?, ?, ?)",
    ...[ownerId, host, boot, pid ?? process.pid, pidStart, Date.now()],
  );
}

/** This process keeps nothing open any more. */
export function resign(sql: Sql): void {
  sql.run("DELETE FROM flow_owner WHERE id = ?", ownerId);
}

/** Whether some process, this one too, has flows that run. */
export function someoneRuns(sql: Pick<Sql, "read" | "first">): boolean {
  const enrolled = sql.read<{ readonly id: string }>("SELECT id FROM flow_owner");
  return enrolled.some(({ id }) => isOwnerAlive(sql, id));
}

interface OwnerRow {
  readonly host: string;
  readonly boot: string | null;
  readonly pid: number;
  readonly pid_start: string | null;
  readonly beat: number;
}

/**
 * Whether the owner of a run or claim lives; one that nobody knows is dead. On this machine the process itself is looked
 * at; of another one the last sign of life counts.
 */
export function isOwnerAlive(sql: Pick<Sql, "first">, owner: string): boolean {
  if (owner === ownerId) return true;
  const row = sql.first<OwnerRow>("SELECT host, boot, pid, pid_start, beat FROM flow_owner WHERE id = ?", owner);
  if (row === null) return false;
  const { host, boot, pid, pid_start: pidStart, beat } = row;
  return !isDead({ host, boot, pid, pidStart, expiresMs: beat + silentMs }, Date.now());
}
