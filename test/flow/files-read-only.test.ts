import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { findProject, openDatabase } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
const isRoot = process.getuid?.() === 0;
writeFileSync(join(folder, "cases.csv"), "a,b\n1,2\n");
writeFileSync(join(folder, "later.csv"), "a\n");

const long = ({ path, n }: { path: string; n: number }): { readonly curve: Float64Array; readonly n: number } => {
  console.log(`read ${path.split("/").at(-1)}`);
  return { curve: new Float64Array(5000).fill(n), n };
};
const made = flow("kept", { xs: [1, 2] }, (f, p) => f.map(p.xs, (n) => f.step(long, { path: f.file("cases.csv"), n })));
const other = flow("kept", { xs: [1, 2] }, (f, p) =>
  f.map(p.xs, (n) => f.step(long, { path: f.file("later.csv"), n })),
);

beforeAll(async () => {
  await made.run();
  openDatabase(findProject(folder)).close();
  execFileSync("chmod", ["-R", "a-w,a+rX", folder]);
  // Root can write where it may not.
  if (isRoot) process.seteuid?.(65_534);
});
afterAll(() => {
  if (isRoot) process.seteuid?.(0);
  execFileSync("chmod", ["-R", "u+w", folder]);
});

it("a read-only project shows its runs, with their results, logs and inputs", async () => {
  const [run] = flow.runs({ flow: "kept" });
  expect([run?.state, flow.runs().length]).toEqual(["done", 1]);
  const task = run?.step("long").tasks[1];
  expect([await task?.output, task?.log]).toEqual([
    { curve: new Float64Array(5000).fill(2), n: 2 },
    "read cases.csv\n",
  ]);
  expect((await task?.input) as object).toMatchObject({ n: 2 });
  expect((await run?.output) as object).toHaveLength(2);
});

it("a read-only project says what would run, also of files that were never hashed", () => {
  expect(made.status().steps[0]).toMatchObject({ state: "cached", total: 2 });
  expect(other.status().steps[0]).toMatchObject({ state: "stale", total: 2 });
});

it("a read-only project refuses what writes, in one sentence", async () => {
  const sentence = "stemma/stemma.db cannot be written: the project is read-only here.";
  await expect(made.run()).rejects.toThrow(sentence);
  await expect(flow.runs()[0]?.tags.add("best")).rejects.toThrow(sentence);
  expect(() => flow.gc({ keepRuns: 0 })).toThrow(sentence);
});
