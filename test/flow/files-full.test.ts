import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { file, flow } from "../../src/flow/index.ts";
import { encodeValue, valuePlace } from "../../src/flow/values/index.ts";
import { setRenderer } from "../../src/host/index.ts";
import { findProject, openDatabase } from "../../src/store/index.ts";

setRenderer("flow-run", () => ({ "text/plain": "" }));
const top = mkdtempSync(join(tmpdir(), "stemma-full-flow-"));
const folder = join(top, "small disk");
const before = process.cwd();
let isMounted = false;

beforeAll(() => {
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], { stdio: "ignore" });
    isMounted = true;
    mkdirSync(join(folder, ".dvc"));
    process.chdir(folder);
  } catch {
    process.stderr.write("not tested: results on a full disk (this user may not mount a small one)\n");
  }
});
beforeEach(({ skip }) => {
  if (!isMounted) skip();
});
afterAll(() => {
  process.chdir(before);
  if (isMounted) execFileSync("umount", ["-l", folder]);
  rmSync(top, { recursive: true, force: true });
});

const sentence = /^No room on the disk for .*small disk\/stemma\/objects; nothing of this write was kept\. Make room/;
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
          f.map(p.many, (n) => f.exec("yes {n} | head -c 400000 > {out}", { params: { n }, outs: { out: "o" } })),
        ),
    ],
  ])("are refused in a sentence with the way out, and gc() makes room: %s", async (_, make) => {
    const made = make();
    const { cause } = (await made.run().catch((error: unknown) => error)) as { readonly cause: Error };
    expect(cause).toMatchObject({ code: "DATABASE_FULL", message: expect.stringMatching(sentence) });
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

  it("that are all short leave gc() nothing to make room with, which it says", async () => {
    const brief = ({ n }: { n: number }): number => n;
    await flow("brief", { many }, (f, p) => f.map(p.many, (n) => f.step(brief, { n }))).run();
    openDatabase(findProject(folder)).close();
    const filler = join(folder, "filler");
    expect(() => writeFileSync(filler, Buffer.alloc(8_000_000))).toThrow("ENOSPC");
    expect(() => flow.gc({ keepRuns: 0 })).toThrow("too small to make room on it. Make some elsewhere (20 MB will do)");
    expect(flow.runs()[0]?.state).toBe("done");
    rmSync(filler);
    expect(flow.gc({ keepRuns: 0 })).toMatchObject({ results: 12 });
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
