import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isAlive, type Sql } from "../store/index.ts";

/** Who keeps a run open, and until when. */
export interface Lease {
  readonly host: string;
  /** Names the boot of the host; null where the system does not tell. */
  readonly boot: string | null;
  /** Null for a run that is continued elsewhere and lives by its expiry alone. */
  readonly pid: number | null;
  /** When that process started, in the system's own unit; null where the system does not tell. */
  readonly pidStart: string | null;
  readonly expiresMs: number;
}

/** Far more than a pause of the process may take; a dead process on this machine is found at once. */
export const leaseMs: number = 5 * 60_000;
/** How often a process renews what it keeps open. */
export const renewMs = 30_000;

/** Tells this process's leases from those of another with its pid. */
export const leaseOwner: string = randomBytes(8).toString("hex");

let own: Omit<Lease, "expiresMs"> | null = null;

/** This process, as a lease names it. */
export function thisProcess(): Omit<Lease, "expiresMs"> {
  own ??= { host: hostId(), boot: bootId(), pid: process.pid, pidStart: startOf(process.pid) };
  return own;
}

/** Lets this process keep a run open. */
export function takeLease(sql: Sql, run: number, nowMs: number): void {
  const { host, boot, pid, pidStart } = thisProcess();
  sql.run(
    "INSERT OR REPLACE INTO lease (run, owner, host, boot, pid, pid_start, renewed, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    run,
    leaseOwner,
    host,
    boot,
    pid,
    pidStart,
    nowMs,
    nowMs + leaseMs,
  );
}

/** Keeps a run open that is continued elsewhere: it lives by its expiry alone. */
export function leaveLease(
  sql: Sql,
  run: number,
  { nowMs, forMs }: { readonly nowMs: number; readonly forMs: number },
): void {
  sql.run(
    "INSERT OR REPLACE INTO lease (run, owner, host, boot, pid, pid_start, renewed, expires) VALUES (?, ?, ?, NULL, NULL, NULL, ?, ?)",
    run,
    `${detached}${forMs}`,
    thisProcess().host,
    nowMs,
    nowMs + forMs,
  );
}

/** The owner of such a lease, with the ms behind it that the lease is for. */
const detached = "detached:";

/** Gives a run that is continued elsewhere its whole time again; false where there is no such lease. */
export function renewDetached(sql: Sql, uuid: string, nowMs: number): boolean {
  const renewed = sql.run(
    `UPDATE lease SET renewed = ?, expires = ? + CAST(substr(owner, ${detached.length + 1}) AS INTEGER)
     WHERE pid IS NULL AND owner LIKE '${detached}%' AND run = (SELECT id FROM run WHERE uuid = ?)`,
    nowMs,
    nowMs,
    uuid,
  );
  return renewed.changes > 0;
}

/** Renews all leases of this process. */
export function renewLeases(sql: Sql, nowMs: number): void {
  sql.run("UPDATE lease SET renewed = ?, expires = ? WHERE owner = ?", nowMs, nowMs + leaseMs, leaseOwner);
}

/** Gives a run free; it has ended. */
export function dropLease(sql: Sql, run: number): void {
  sql.run("DELETE FROM lease WHERE run = ?", run);
}

/**
 * Whether nobody keeps the run open any more. On this machine the process itself is looked at: a living one keeps its
 * runs however long it is busy, a dead one loses them at once. Elsewhere only the expiry tells.
 */
export function isDead(lease: Lease, nowMs: number): boolean {
  const here = thisProcess();
  const expired = nowMs > lease.expiresMs;
  if (lease.pid === null || lease.host !== here.host) return expired;
  if (lease.boot !== here.boot) return true;
  if (!isAlive(lease.pid)) return true;
  const start = startOf(lease.pid);
  if (start === null || lease.pidStart === null) return expired;
  return start !== lease.pidStart;
}

// proc(5): field 22 of stat, counted behind the name, which may hold spaces and brackets itself.
function startOf(pid: number): string | null {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

function bootId(): string | null {
  return textOf("/proc/sys/kernel/random/boot_id")?.trim() ?? null;
}

// Two containers may have one name; a pid means nothing outside its namespace.
function hostId(): string {
  return `${hostname()} ${linkOf("/proc/self/ns/pid") ?? ""}`.trim();
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not Linux, or the process is gone: the caller has a rule for "unknown".
    return null;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    // Not Linux.
    return null;
  }
}
