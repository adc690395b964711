import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { heartbeatThread, silentMs } from "../../src/flow/keep/heartbeat.ts";
import { flowRuns, isOwnerAlive, openJournal, ownerId } from "../../src/flow/keep/index.ts";
import { openLease } from "../../src/flow/run/lease.ts";
import { findProject, openDatabase } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
const project = findProject(folder);
const signal = new AbortController().signal;
const lease = openLease(project);
afterAll(() => lease.end());

const program = fileURLToPath(new URL("./fixtures/claim.ts", import.meta.url));

/** A process that claims a key; resolves when it executes. */
async function claiming(key: string, how: "hold" | "finish"): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, key, how], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  if (child.stdout === null) throw new Error("no stdout");
  await once(child.stdout, "data");
  return child;
}

function run(id: string, owner: string): void {
  openJournal(project, { id, flow: "fit", plan: {}, params: {}, tags: {}, origin: null, owner });
}
const stateOf = (id: string) => flowRuns(project).find((one) => one.id === id)?.state;

function stranger(id: string, beat: number): void {
  openDatabase(project).write((sql) =>
    sql.run("INSERT INTO flow_owner VALUES (?, 'another host', 'its boot', 1, '7', ?)", id, beat),
  );
}

describe("a run without an end", () => {
  it("is running while its process lives, and lost when that is gone", async () => {
    const child = await claiming("state", "hold");
    const owner = openDatabase(project).first<{ id: string }>(
      "SELECT id FROM flow_owner WHERE pid = ?",
      child.pid ?? 0,
    );
    run("of a process", owner?.id ?? "");
    expect(stateOf("of a process")).toBe("running");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(stateOf("of a process")).toBe("lost");
  });

  it("of another machine lives by its heartbeat", () => {
    stranger("fresh", Date.now() - silentMs / 2);
    stranger("silent", Date.now() - silentMs - 1000);
    run("of a fresh one", "fresh");
    run("of a silent one", "silent");
    run("of nobody", "nobody knows this one");
    expect(["of a fresh one", "of a silent one", "of nobody"].map(stateOf)).toEqual(["running", "lost", "lost"]);
  });

  it("is told by a heartbeat that goes on while this thread computes", async () => {
    const beatOf = () =>
      openDatabase(project).first<{ beat: number }>("SELECT beat FROM flow_owner WHERE id = ?", ownerId)?.beat ?? 0;
    const before = beatOf();
    const beating = heartbeatThread(project, ownerId, 20);
    // The thread starts first; then this one is busy, as in a step that never awaits.
    while (beatOf() === before) await wait(10);
    const began = beatOf();
    const end = Date.now() + 300;
    while (Date.now() < end);
    expect(beatOf()).toBeGreaterThan(began);
    beating.stop();
  });
});

describe("a key", () => {
  const never = async (): Promise<string> => {
    throw new Error("executed twice");
  };

  it("is executed once by two of this process at once; the second gets what the first kept", async () => {
    let result: string | null = null;
    let executions = 0;
    const task = {
      kept: () => result,
      signal,
      execute: async () => {
        executions++;
        await wait(20);
        result = `made ${executions}`;
        return result;
      },
    };
    const both = await Promise.all([lease.claims.run("same", task), lease.claims.run("same", task)]);
    expect(both).toEqual([
      { value: "made 1", executed: true },
      { value: "made 1", executed: false },
    ]);
  });

  it("that another process executes is waited for", async () => {
    const child = await claiming("other", "finish");
    const kept = (): string | null => (child.exitCode === null ? null : "theirs");
    const exit = once(child, "exit");
    const waiting = lease.claims.run("other", { kept: () => kept() ?? "theirs", execute: never, signal });
    expect(await waiting).toEqual({ value: "theirs", executed: false });
    await exit;
    rmSync("result.txt");
  });

  it("is taken over from a process that was killed", async () => {
    const child = await claiming("dead", "hold");
    const taking = lease.claims.run("dead", { kept: () => null, execute: async () => "ours", signal });
    child.kill("SIGKILL");
    expect(await taking).toEqual({ value: "ours", executed: true });
  });

  it("is left to a living machine that is far, and taken from a silent one", async () => {
    stranger("far", Date.now());
    const claim = "INSERT INTO flow_claim VALUES ('far', 'far', 0)";
    openDatabase(project).write((sql) => sql.run(claim));
    const stop = new AbortController();
    const waiting = lease.claims.run("far", { kept: () => null, execute: never, signal: stop.signal });
    await wait(100);
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow();
    openDatabase(project).write((sql) => sql.run("UPDATE flow_owner SET beat = 0 WHERE id = 'far'"));
    expect(isOwnerAlive(openDatabase(project), "far")).toBe(false);
    expect(await lease.claims.run("far", { kept: () => null, execute: async () => "ours", signal })).toMatchObject({
      executed: true,
    });
  });

  it("is free again when its execution failed, for the one that waits too", async () => {
    const failing = lease.claims.run("fails", {
      kept: () => null,
      signal,
      execute: async () => {
        await wait(10);
        throw new Error("no luck");
      },
    });
    const second = lease.claims.run("fails", { kept: () => null, execute: async () => "second", signal });
    await expect(failing).rejects.toThrow("no luck");
    expect(await second).toEqual({ value: "second", executed: true });
  });
});
