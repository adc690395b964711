import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { afterAll, describe, expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { findProject, openDatabase } from "../../src/store/index.ts";
import { track } from "../../src/track/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
const database = openDatabase(findProject(folder));

const next = ({ n }: { n: number }): number => n + 1;
const line = flow("line", { start: 0 }, (f, p) => {
  let at = f.step(next, { n: p.start });
  for (let i = 1; i < 20; i++) at = f.step(next, { n: at });
  return at;
});

/** Transactions in the write-ahead log: sqlite.org/fileformat2.html#walformat */
function commits(): number {
  const log = readFileSync(`${database.path}-wal`);
  const frameBytes = 24 + log.readUInt32BE(8);
  let count = 0;
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) {
    const isOfThisLog = log.readUInt32BE(at + 8) === log.readUInt32BE(16);
    if (isOfThisLog && log.readUInt32BE(at + 4) > 0) count++;
  }
  return count;
}

describe("a step", () => {
  it("costs two transactions, its claim and all that it leaves behind, and one of many when it is cached", async () => {
    await line.run({ start: 1 });
    const before = commits();
    await line.run({ start: 2 });
    const first = commits() - before;
    await line.run({ start: 2 });
    const cached = commits() - before - first;
    expect(first).toBeGreaterThanOrEqual(21);
    // Ten for the run itself: its own record, its lease, its journal.
    expect(first).toBeLessThanOrEqual(2 * 20 + 10);
    expect(cached).toBeLessThanOrEqual(10 + 3);
  });

  it("that runs for a while is a run that others see, and is then the same one, ended", async () => {
    const slow = async ({ n }: { n: number }): Promise<number> => new Promise((done) => setTimeout(done, 900, n));
    const running = flow("slow", {}, (f) => f.step(slow, { n: 1 })).run();
    const seen = await expect
      .poll(() => [...track.runs("slow")].find(({ parentId, status }) => parentId !== null && status === "RUNNING")?.id)
      .toBeDefined()
      .then(() => [...track.runs("slow")].find(({ parentId }) => parentId !== null)?.id);
    await running;
    const nested = [...track.runs("slow")].filter(({ parentId }) => parentId !== null);
    expect(nested.map(({ id, status, endMs }) => [id, status, endMs !== null])).toEqual([[seen, "FINISHED", true]]);
    expect(database.read("SELECT * FROM lease")).toEqual([]);
  });

  it("that failed is a failed run with its error", async () => {
    const bad = ({ n }: { n: number }): number => {
      throw new RangeError(`no ${n}`);
    };
    await expect(flow("bad", {}, (f) => f.step(bad, { n: 7 })).run()).rejects.toThrow("no 7");
    const nested = [...track.runs("bad")].find(({ parentId }) => parentId !== null);
    expect([nested?.status, nested?.tags["stemma.error"]]).toEqual(["FAILED", expect.stringContaining("no 7")]);
    expect(nested?.tags["stemma.error.stack"]).toContain("at bad ");
  });
});

describe("an input that all items of a map share", () => {
  const realHash = crypto.hash;
  let hashed = 0;
  crypto.hash = ((algorithm: string, data: crypto.BinaryLike, ...rest: []) => {
    hashed += Buffer.byteLength(data as string);
    return realHash(algorithm, data, ...rest);
  }) as typeof crypto.hash;
  syncBuiltinESMExports();
  afterAll(() => {
    crypto.hash = realHash;
    syncBuiltinESMExports();
  });

  it("is written and hashed once, be it a param, a result, or in the body", async () => {
    const make = ({ rows }: { rows: number }): number[] => Array.from({ length: rows }, (_, i) => i + 0.25);
    const take = ({ a, b, c, i }: { a: number[]; b: number[]; c: number[]; i: number }): number =>
      a.length + b.length + c.length + i;
    const list = make({ rows: 20_000 });
    const literal = make({ rows: 20_000 });
    const shares = flow("shares", { list, items: Array.from({ length: 60 }, (_, i) => i) }, (f, p) => {
      const made = f.step(make, { rows: 20_000 });
      return f.map(p.items, (i) => f.step(take, { a: p.list, b: made, c: literal, i }));
    });
    const bytes = 3 * JSON.stringify(list).length;
    hashed = 0;
    const { output } = await shares.run();
    expect(output).toEqual(Array.from({ length: 60 }, (_, i) => 60_000 + i));
    // The params and the plan name the two again; the result is hashed in the thread that makes it.
    expect(hashed).toBeGreaterThan(bytes / 3);
    expect(hashed).toBeLessThan(3 * bytes);
  });
});
