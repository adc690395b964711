import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { databaseConstructor } from "../../../store/index.ts";
import { isDead, thisProcess } from "../../../track/index.ts";
import { ownerId } from "../../keep/index.ts";

/** The GPUs that processes of this machine and user have now. */
export interface GpuClaims {
  /**
   * Takes some GPUs that no other process has. Who asks first is first, also among processes: one that asks again for what
   * another one waits for waits behind it. Ask again soon: who is silent for two seconds waits no more.
   *
   * @param free to choose from, `count` of them at least
   * @returns their names; null: others have them
   */
  take(free: readonly string[], count: number): readonly string[] | null;
  give(names: readonly string[]): void;
}

/** Between two questions of one who waits. */
export const claimLookMs = 100;
const silentMs = 2000;

const tables = `
CREATE TABLE IF NOT EXISTS claim (
  place TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL, boot TEXT, pid INTEGER NOT NULL, pid_start TEXT,
  PRIMARY KEY (place, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (
  place TEXT NOT NULL, owner TEXT NOT NULL, turn INTEGER NOT NULL, names TEXT NOT NULL, count INTEGER NOT NULL,
  asked INTEGER NOT NULL, PRIMARY KEY (place, owner)
) STRICT, WITHOUT ROWID;`;

interface ClaimRow {
  readonly name: string;
  readonly boot: string | null;
  readonly pid: number;
  readonly pid_start: string | null;
}

interface WaitingRow {
  readonly owner: string;
  readonly turn: number;
  readonly names: string;
  readonly count: number;
}

/** What a process has in the machine's list of GPUs; it needs no end, as the list knows who is dead. */
export class SharedGpus implements GpuClaims {
  readonly #owner: string;
  /** Why this process counts for itself. */
  #alone: string | null = null;

  /** @param owner this process, among several copies of the library in it */
  constructor(owner: string = ownerId) {
    this.#owner = owner;
  }

  take(free: readonly string[], count: number): readonly string[] | null {
    return this.#with((list) => taken(list, this.#owner, { free, count }), free.slice(0, count));
  }

  give(names: readonly string[]): void {
    this.#with((list) => {
      const gone = list.prepare("DELETE FROM claim WHERE place = ? AND name = ? AND owner = ?");
      for (const name of names) gone.run(placeOf(), name, this.#owner);
    }, undefined);
  }

  // Without the list, steps run as if nobody else were there: that is told once.
  #with<T>(work: (list: DatabaseSync) => T, alone: T): T {
    if (this.#alone !== null) return alone;
    try {
      return inList(work);
    } catch (error) {
      this.#alone = error instanceof Error ? error.message : String(error);
      process.emitWarning(`GPUs are counted in this process alone: ${this.#alone}`);
      return alone;
    }
  }
}

interface Wish {
  readonly free: readonly string[];
  readonly count: number;
}

function taken(list: DatabaseSync, owner: string, { free, count }: Wish): readonly string[] | null {
  const place = placeOf();
  const nowMs = Date.now();
  const theirs = claimed(list, place);
  const left = free.filter((name) => !theirs.has(name));
  const all = waitingIn(list, place, nowMs);
  const own = all.find((one) => one.owner === owner) ?? null;
  const before = all
    .filter((one) => one.owner !== owner && (own === null || one.turn < own.turn))
    .map(({ names, count: wanted }) => ({ names: JSON.parse(names) as readonly string[], wanted }))
    .filter(({ names }) => names.some((name) => free.includes(name)));
  if (left.length - before.reduce((sum, { wanted }) => sum + wanted, 0) < count) {
    const turn = own?.turn ?? 1 + all.reduce((last, one) => Math.max(last, one.turn), 0);
    const wait = list.prepare("INSERT OR REPLACE INTO waiting VALUES (?, ?, ?, ?, ?, ?)");
    wait.run(place, owner, turn, JSON.stringify(free), count, nowMs);
    return null;
  }
  list.prepare("DELETE FROM waiting WHERE place = ? AND owner = ?").run(place, owner);
  const { boot, pidStart } = thisProcess();
  // Those first that nobody before it can use.
  const rivals = (name: string): number => before.filter(({ names }) => names.includes(name)).length;
  const names = [...left].sort((a, b) => rivals(a) - rivals(b)).slice(0, count);
  const claim = list.prepare("INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?)");
  for (const name of names) claim.run(place, name, owner, boot, process.pid, pidStart);
  return names;
}

/** What living processes have; what dead ones had is given back. */
function claimed(list: DatabaseSync, place: string): ReadonlySet<string> {
  const rows = list
    .prepare("SELECT name, boot, pid, pid_start FROM claim WHERE place = ?")
    .all(place) as unknown as readonly ClaimRow[];
  const { host } = thisProcess();
  const isLost = ({ boot, pid, pid_start: pidStart }: ClaimRow): boolean =>
    isDead({ host, boot, pid, pidStart, expiresMs: Number.POSITIVE_INFINITY }, Date.now());
  const gone = list.prepare("DELETE FROM claim WHERE place = ? AND name = ?");
  for (const row of rows) if (isLost(row)) gone.run(place, row.name);
  return new Set(rows.filter((row) => !isLost(row)).map(({ name }) => name));
}

function waitingIn(list: DatabaseSync, place: string, nowMs: number): readonly WaitingRow[] {
  list.prepare("DELETE FROM waiting WHERE place = ? AND asked NOT BETWEEN ? AND ?").run(place, nowMs - silentMs, nowMs);
  const all = list.prepare("SELECT owner, turn, names, count FROM waiting WHERE place = ?");
  return all.all(place) as unknown as readonly WaitingRow[];
}

// A pid means nothing outside its container, and "0" in one job of a cluster is another GPU than in the next.
function placeOf(): string {
  return [thisProcess().host, process.env["SLURM_JOB_ID"] ?? ""].join(" ").trim();
}

/** Does some work with the list, at once: no other process sees a part of it. */
function inList<T>(work: (list: DatabaseSync) => T): T {
  const path = join(ownFolder(), "gpus-1.db");
  try {
    return inFile(path, work);
  } catch (error) {
    if (!isBroken(error)) throw error;
    // Damaged, as by a power cut: who is in it is gone.
    rmSync(path, { force: true });
    return inFile(path, work);
  }
}

function inFile<T>(path: string, work: (list: DatabaseSync) => T): T {
  const Constructor = databaseConstructor();
  const list = new Constructor(path);
  try {
    // Nobody needs the list after the machine's end.
    list.exec("PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF; BEGIN IMMEDIATE");
    list.exec(tables);
    const given = work(list);
    list.exec("COMMIT");
    return given;
  } finally {
    // What was not committed is taken back.
    list.close();
  }
}

// SQLITE_CORRUPT and SQLITE_NOTADB.
function isBroken(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? error.errcode : null;
  return code === 11 || code === 26;
}

/** A folder of this user's where all of the machine's programs look. @throws {Error} somebody else made it */
function ownFolder(): string {
  const uid = process.getuid?.() ?? null;
  const path = join(tmpdir(), `stemma-gpus${uid === null ? "" : `-${uid}`}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid: owner } = lstatSync(path);
  if (uid !== null && owner !== uid) throw new Error(`${path} belongs to another user`);
  return path;
}
