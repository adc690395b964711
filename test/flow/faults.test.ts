import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProject, hasDatabase, openDatabase } from "../../src/store/index.ts";

/** How long processes are killed, in ms; STEMMA_CHAOS_MS=60000 for a minute. */
const chaosMs = Number(process.env["STEMMA_CHAOS_MS"] ?? 1500);
const root = mkdtempSync(join(tmpdir(), "stemma-faults-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly out: string; readonly code: number | null }>;
}

function start(script: string, folder: string, args: readonly string[] = []): Running {
  const file = fileURLToPath(new URL(`./fixtures/${script}`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  return { child, ended: once(child, "close").then(([code]) => ({ out, code: code as number | null })) };
}

const expected = `output ${Array.from({ length: 40 }, (_, n) => 2 * n).reduce((a, b) => a + b)}\n`;

/** What was begun so far, by item. */
function begun(folder: string): readonly { readonly n: string; readonly pid: string }[] {
  const file = join(folder, "begun.txt");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").filter(Boolean) : [];
  return lines.map((line) => ({ n: line.split(" ")[0] ?? "", pid: line.split(" ")[1] ?? "" }));
}

/** Items whose results are kept. */
function kept(folder: string): readonly string[] {
  const project = findProject(folder);
  if (!hasDatabase(project)) return [];
  const rows = openDatabase(project).read<{ readonly body: string }>(
    "SELECT body FROM flow_result WHERE step = 'work'",
  );
  return rows.map(({ body }) => String((JSON.parse(body) as { readonly n: number }).n));
}

function folderOf(name: string): string {
  mkdirSync(join(root, name, ".dvc"), { recursive: true });
  return join(root, name);
}

it.each(["thread", "inline"])(
  "a flow that is killed again and again ends right, and repeats nothing that was kept (%s)",
  async (run) => {
    const folder = folderOf(run);
    const end = Date.now() + chaosMs;
    let kills = 0;
    for (;;) {
      const keptBefore = kept(folder);
      const begunBefore = begun(folder).length;
      const { child, ended } = start("chaos-flow.ts", folder, [run]);
      // Once it has begun something new it has not long to live; the later, the longer, so that it comes to its end.
      const lives = Date.now() < end ? 20 + ((kills * 37) % 120) : 60_000;
      while (child.exitCode === null && begun(folder).length === begunBefore && keptBefore.length < 40) await wait(10);
      await Promise.race([ended, wait(lives)]);
      if (child.exitCode === null) child.kill("SIGKILL");
      const { out, code } = await ended;
      const again = begun(folder)
        .slice(begunBefore)
        .filter(({ n }) => keptBefore.includes(n));
      expect(again, `after ${kills} kills`).toEqual([]);
      if (code === 0) {
        expect(out).toBe(expected);
        break;
      }
      kills++;
    }
    expect(kills).toBeGreaterThan(0);
  },
  120_000,
);

it("a flow whose workers are killed one after the other ends right, each item kept once", async () => {
  const folder = folderOf("workers");
  const { child, ended } = start("chaos-flow.ts", folder, ["process"]);
  const end = Date.now() + chaosMs;
  const killed = new Set<string>();
  // A worker that is killed between two items has nothing to repeat: on until one was in the midst of one.
  while (child.exitCode === null && (Date.now() < end || begun(folder).length <= 40)) {
    const pid = begun(folder).at(-1)?.pid ?? "";
    if (pid !== "" && !killed.has(pid) && kept(folder).length < 40) {
      killed.add(pid);
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    await wait(5 + ((killed.size * 37) % 60));
  }
  expect(await ended).toEqual({ out: expected, code: 0 });
  const items = kept(folder).map(Number);
  expect(items.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  expect(begun(folder).length).toBeGreaterThan(40);
}, 120_000);

it("two processes that go on with one killed run share the rest, and give the same", async () => {
  const folder = folderOf("shared");
  const first = start("chaos-flow.ts", folder);
  while (begun(folder).length < 6) await wait(5);
  first.child.kill("SIGKILL");
  await first.ended;
  const keptBefore = kept(folder);
  const before = begun(folder).length;
  const both = [start("chaos-flow.ts", folder), start("chaos-flow.ts", folder, ["inline"])];
  const outs = await Promise.all(both.map(({ ended }) => ended));
  expect(outs).toEqual([
    { out: expected, code: 0 },
    { out: expected, code: 0 },
  ]);
  const items = begun(folder)
    .slice(before)
    .map(({ n }) => n);
  // Each of the rest once, nothing of what was kept: however the two met.
  expect(items.toSorted()).toEqual([...new Set(items)].toSorted());
  expect(items.filter((n) => keptBefore.includes(n))).toEqual([]);
  expect(items.length + keptBefore.length).toBe(40);
}, 60_000);

describe("a full disk", () => {
  const folder = join(root, "small disk");
  let mounted = false;
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], { stdio: "ignore" });
      mounted = true;
    } catch {
      process.stderr.write("not tested: a full disk (this user may not mount a small one)\n");
    }
  });
  afterAll(() => {
    if (mounted) execFileSync("umount", ["-l", folder]);
  });

  it("fails the step with a sentence, keeps what was finished, and the rest runs when there is room", async ({
    skip,
  }) => {
    if (!mounted) skip();
    const steps = join(root, "full.txt");
    const failed = await start("full-disk.ts", folder, [steps]).ended;
    expect(failed.code).toBe(3);
    expect(failed.out).toMatch(/^flow "full", step large.*(ENOSPC: no space left on device|No room on the disk)/);
    execFileSync("mount", ["-o", "remount,size=200m", folder]);
    expect(await start("full-disk.ts", folder, [steps]).ended).toEqual({ out: "output 4000000 of 7\n", code: 0 });
    expect(readFileSync(steps, "utf8")).toBe("small\nlarge\nlarge\n");
  });
});
