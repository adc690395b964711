import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { file, flow } from "../../src/flow/index.ts";
import { encodeValue, valuePlace } from "../../src/flow/values/index.ts";
import { setRenderer } from "../../src/host/index.ts";
import { findProject, openDatabase } from "../../src/store/index.ts";

setRenderer("flow-run", () => ({ "text/plain": "" }));
const top = mkdtempSync(join(tmpdir(), "stemma-full-flow-"));
const before = process.cwd();
let disks = 0;
let folder = "";

// A disk for each: what one test leaves on it makes no room for another, and takes none.
beforeEach(({ skip }) => {
  folder = join(top, `${disks++}`, "small disk");
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    folder = before;
    skip("this user may not mount a small disk");
  }
  mkdirSync(join(folder, ".dvc"));
  process.chdir(folder);
});
afterEach(() => {
  if (folder === before) return;
  openDatabase(findProject(folder)).close();
  process.chdir(before);
  execFileSync("umount", ["-l", folder]);
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

/** The first of what an error came from: a result has no room, or the row that tells of it, or what a command writes. */
function firstOf(error: unknown): unknown {
  if (!(error instanceof Error) || error.cause === undefined) return error;
  return Reflect.get(error, "code") === "DATABASE_FULL" ? error : firstOf(error.cause);
}

const sentence =
  /^No room on the disk for .*small disk\/stemma\/(objects|stemma\.db); nothing of this write was kept\. Make room|: No space left on device$/;
const numbers = ({ n }: { n: number }): Float64Array => new Float64Array(100_000).fill(n);
const letters = ({ n }: { n: number }): string => `${n}`.repeat(900_000);
const many = Array.from({ length: 12 }, (_, i) => i);

describe("results on a full disk", () => {
  it.each([
    ["arrays", () => flow("arrays", { many }, (f, p) => f.map(p.many, (n) => f.step(numbers, { n })))],
    ["long texts", () => flow("texts", { many }, (f, p) => f.map(p.many, (n) => f.step(letters, { n })))],
    [
      "outs of commands",
      () =>
        flow("outs", { many }, (f, p) =>
          f.map(p.many, (n) => f.exec("yes {n} | head -c 600000 > {out}", { params: { n }, outs: { out: "o" } })),
        ),
    ],
  ])("are refused in a sentence with the way out, and gc() makes room: %s", async (_, make) => {
    const made = make();
    const error = firstOf(await made.run().catch((one: unknown) => one));
    expect(error).toMatchObject({ message: expect.stringMatching(sentence) });
    // What is left of the room: a new process cannot even open the database as others do.
    openDatabase(findProject(folder)).close();
    const filler = join(folder, "filler");
    expect(() => writeFileSync(filler, Buffer.alloc(8_000_000))).toThrow("ENOSPC");
    expect(flow.runs()[0]?.state).toBe("failed");
    const { bytes, results } = flow.gc({ keepRuns: 0 });
    expect([bytes > 1_000_000, results > 0]).toEqual([true, true]);
    expect([flow.runs().length, flow.gc({ keepRuns: 0 }).bytes]).toEqual([0, 0]);
    rmSync(filler);
    expect((await made.run({ many: [1] })).output).toHaveLength(1);
    flow.gc({ keepRuns: 0 });
  });

  it("leave a run that failed, for all who look, and no process that still runs one", async () => {
    const fills = ({ path }: { path: string }): number => {
      expect(() => writeFileSync(path, Buffer.alloc(8_000_000))).toThrow("ENOSPC");
      throw new Error("the disk is full");
    };
    const filler = join(folder, "filler");
    const filling = flow("filling", { path: filler }, (f, p) => f.step(fills, { path: p.path }, { run: "inline" }));
    const error = await filling.run().catch((one: unknown) => one);
    expect(firstOf(error)).toMatchObject({ message: expect.stringMatching(/disk/) });
    const database = openDatabase(findProject(folder));
    expect(database.read("SELECT state FROM flow_run")).toEqual([{ state: "failed" }]);
    expect(database.read("SELECT id FROM flow_owner")).toEqual([]);
  });

  const brief = ({ n }: { n: number }): number => n;
  // A flow belongs to the folder where it is defined.
  const runShort = (): Promise<unknown> =>
    flow("brief", { many }, (f, p) => f.map(p.many, (n) => f.step(brief, { n }))).run();
  const fill = (): void => {
    openDatabase(findProject(folder)).close();
    expect(() => writeFileSync(join(folder, "filler"), Buffer.alloc(8_000_000))).toThrow("ENOSPC");
  };

  it("that are all short make no room by their going, for which some is kept", async () => {
    await runShort();
    fill();
    expect(flow.gc({ keepRuns: 0 })).toMatchObject({ results: 12 });
    rmSync(join(folder, "filler"));
    await runShort();
    expect(readdirSync(join(folder, "stemma", "reserve"))).toEqual(["end", "records"]);
  });

  it("that are all short stay where that room is gone too, which gc() says", async () => {
    await runShort();
    rmSync(join(folder, "stemma", "reserve"), { recursive: true });
    fill();
    expect(() => flow.gc({ keepRuns: 0 })).toThrow("too small to make room on it. Make some elsewhere (20 MB will do)");
    expect(flow.runs()[0]?.state).toBe("done");
    rmSync(join(folder, "filler"));
    expect(flow.gc({ keepRuns: 0 })).toMatchObject({ results: 12 });
  });

  it("keep no later run from telling the others that its process lives", async () => {
    const owners = (): readonly object[] => openDatabase(findProject(folder)).read("SELECT id FROM flow_owner");
    const alive = ({ n }: { n: number }): number => n + owners().length;
    const living = flow("living", { n: 0 }, (f, p) => f.step(alive, { n: p.n }, { run: "inline" }));
    await living.run({ n: 1 });
    rmSync(join(folder, "stemma", "reserve"), { recursive: true });
    fill();
    await expect(living.run({ n: 10 })).rejects.toThrow();
    rmSync(join(folder, "filler"));
    expect((await living.run({ n: 20 })).output).toBe(21);
    expect(owners()).toEqual([]);
  });

  it("are refused so where they are files and folders, and nothing half-written stays", async () => {
    const values = valuePlace(findProject(folder), folder);
    const outside = join(top, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "long"), "");
    truncateSync(join(outside, "long"), 8_000_000);
    await expect(encodeValue(file(join(outside, "long")), values)).rejects.toThrow(sentence);
    await expect(encodeValue(file(outside), values)).rejects.toThrow(sentence);
    const names = readdirSync(join(folder, "stemma", "objects"), { recursive: true, encoding: "utf8" });
    expect(names.filter((name) => name.includes(".tmp"))).toEqual([]);
  });
});
