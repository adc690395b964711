import { type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { isAlive } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();

function node(
  script: string,
): Promise<{ readonly code: number | null; readonly signal: string | null; readonly out: string }> {
  const file = fileURLToPath(new URL(`./fixtures/${script}`, import.meta.url));
  const child = spawn(process.execPath, [file], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, out })));
}

it("goes on after kill -9 with what was finished", async () => {
  expect((await node("kill-me.ts")).signal).toBe("SIGKILL");
  expect((await node("kill-me.ts")).out).toContain("output 10");
  // The killed step ran twice, no other did.
  expect(readFileSync("ran.txt", "utf8").trim().split("\n")).toEqual([
    "0",
    "1",
    "2",
    "3",
    "4",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
  ]);
});

it("shows what a step prints that keeps the notebook's thread, while it runs and after kill -9", async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./fixtures/busy-printer.ts", import.meta.url))], {
    cwd: folder,
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  await vi.waitUntil(() => existsSync("printed.txt"), { timeout: 20_000, interval: 20 });
  const task = () => {
    const [run] = flow.runs({ flow: "busy printer" });
    return [run?.state, run?.step("talk").tasks.map(({ indices, log, state }) => [indices, state, log])];
  };
  const log = "line 1 ä\nline 2 ä\n".replace("line 2", "x".repeat(10_000));
  expect(task()).toEqual(["running", [[[0], "running", log]]]);
  child.kill("SIGKILL");
  await ended;
  expect(task()).toEqual(["lost", [[[0], "running", log]]]);
  expect(existsSync(join("stemma", "prints"))).toBe(true);
  flow.gc({ flow: "busy printer", keepRuns: 0 });
  expect(readdirSync(join("stemma", "prints"))).toEqual([]);
});

it("runs the same flow in three processes at once", async () => {
  const all = await Promise.all([node("two-processes.ts"), node("two-processes.ts"), node("two-processes.ts")]);
  const expected = `output ${Array.from({ length: 60 }, (_, n) => n * 3000).join(",")}`;
  for (const { code, out } of all) {
    expect(code).toBe(0);
    expect(out).toContain(expected);
  }
}, 60_000);

it("shares a map of slow items between two processes", async () => {
  const both = await Promise.all([node("shared-map.ts"), node("shared-map.ts")]);
  const expected = `output ${Array.from({ length: 32 }, (_, n) => n).join(",")}\n`;
  for (const { out } of both) expect(out).toContain(expected);
  const begun = readFileSync("shares.txt", "utf8").trim().split("\n");
  const pids = begun.map((line) => line.split(" ")[1]);
  const shares = [...new Set(pids)].map((pid) => pids.filter((other) => other === pid).length);
  expect(begun.length).toBe(32);
  // About half each: none of them only waited for the other.
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(10);
  expect(shares.length).toBe(2);
}, 60_000);

it("leaves no process of a step, busy, waiting or a command, and nothing that it started, when it is killed", async () => {
  const file = fileURLToPath(new URL("./fixtures/orphans.ts", import.meta.url));
  const stdio: StdioOptions = ["ignore", "ignore", "inherit"];
  const children = ["steps", "command"].map((what) => spawn(process.execPath, [file, what], { cwd: folder, stdio }));
  const marks = ["busy", "waits", "started", "shell", "slept"];
  await expect.poll(() => marks.every((mark) => existsSync(`${mark}.pid`)), { timeout: 30_000 }).toBe(true);
  const pids = marks.map((mark) => Number(readFileSync(`${mark}.pid`, "utf8")));
  expect(pids.map(isAlive)).toEqual(marks.map(() => true));
  for (const child of children) child.kill("SIGKILL");
  await expect.poll(() => pids.some(isAlive), { timeout: 10_000, interval: 100 }).toBe(false);
}, 60_000);
