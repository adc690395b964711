import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/flow/encoding/digest.ts";
import { markOf } from "../../src/flow/encoding/mark.ts";
import {
  attemptsOf,
  CardWriter,
  cardsOf,
  checkpointOf,
  collect,
  FlowRunningError,
  finishedKey,
  flowRun,
  flowRuns,
  KeptTexts,
  openJournal,
  planOf,
  saveCheckpoint,
} from "../../src/flow/keep/index.ts";
import { openResults } from "../../src/flow/keys/results.ts";
import { openLease } from "../../src/flow/run/lease.ts";
import { valueOfText } from "../../src/flow/values/value.ts";
import { recordFacts } from "../../src/lineage/index.ts";
import { findProject, openDatabase, type Project } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
const project = findProject(folder);

/** A project of its own below the tests' folder. */
function fresh(name: string): Project {
  mkdirSync(join(folder, name, ".dvc"), { recursive: true });
  return findProject(join(folder, name));
}

const attempt = {
  ...({ step: "fit", indices: [0], attempt: 1, state: "done", reason: "never ran", key: "k", digest: "d" } as const),
  ...({ seed: 7, error: null, log: "", startMs: 1, endMs: 2 } as const),
};

function begun(of: Project, id: string, more: { flow?: string; owner?: string; origin?: string } = {}) {
  const { flow = "fit", owner = "nobody", origin = null } = more;
  return openJournal(of, {
    id,
    flow,
    plan: { name: flow, n: 1 },
    params: { beta: 0.3 },
    tags: { team: "a" },
    origin,
    owner,
  });
}

/** Keeps a result as a run's task does, with a text that is an object of its own. */
async function made(of: Project, { run, key, flow = "fit" }: { run: string; key: string; flow?: string }) {
  const text = JSON.stringify(`${key} `.repeat(40_000));
  const note = { flow, step: key, indices: [], key, code: "c", sources: [], facts: [] };
  const kept = await openResults(of).commit({ ...note, text, digest: sha256(text), runId: null });
  const journal = begun(of, run, { flow });
  journal.attempt({ ...attempt, step: key, indices: [], key, digest: kept.digest, log: `log of ${key} in ${run}` });
  await journal.end("done", null);
  return kept;
}

const objectsOf = (of: Project): number =>
  readdirSync(join(of.stemmaFolder, "objects"), { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
    .length;

describe("a run of a flow", () => {
  it("is kept with its plan, its params, its tries and their logs, items in their order", async () => {
    const journal = begun(project, "one", { origin: "zero" });
    const error = { name: "RangeError", code: "THROWN", message: "no luck" };
    journal.attempt({ ...attempt, state: "failed", digest: null, error, log: "try 1 ü\n" });
    journal.attempt({ ...attempt, attempt: 2, log: "x".repeat(100_000) });
    for (const index of [10, 2]) journal.attempt({ ...attempt, indices: [index] });
    await journal.end("failed", error);
    const run = flowRun(project, "one");
    expect(run).toMatchObject({
      flow: "fit",
      params: { beta: 0.3 },
      tags: { team: "a" },
      origin: "zero",
      state: "failed",
      error,
    });
    expect(run === null ? null : planOf(project, run)).toEqual({ name: "fit", n: 1 });
    const tries = attemptsOf(project, "one", "fit");
    expect(tries.map((one) => [one.indices[0], one.attempt])).toEqual([
      [0, 1],
      [0, 2],
      [2, 1],
      [10, 1],
    ]);
    expect(tries[0]).toMatchObject({ state: "failed", error, seed: 7 });
    expect(tries.slice(0, 2).map((one) => one.log())).toEqual(["try 1 ü\n", "x".repeat(100_000)]);
  });

  it("is listed among the runs of its flow, the newest first", () => {
    begun(project, "two", { flow: "other" });
    begun(project, "three", { flow: "other" });
    expect(flowRuns(project, { flow: "other" }).map(({ id }) => id)).toEqual(["three", "two"]);
    expect(flowRuns(project, { limit: 1 }).length).toBe(1);
  });

  it("tells what it finished under a key of its own, for the run that goes on with it", async () => {
    const key = sha256("code and inputs");
    const journal = begun(project, "four");
    journal.attempt({ ...attempt, key: `${key} once` });
    journal.attempt({ ...attempt, indices: [1], state: "failed", key: `${key} never` });
    await journal.end("failed", null);
    const found = (indices: number[], of: string) => finishedKey(project, "four", { step: "fit", indices, key: of });
    expect(found([0], key)).toBe(`${key} once`);
    expect([found([1], key), found([0], sha256("other code"))]).toEqual([null, null]);
  });
});

it("a value is given back by its digest", async () => {
  const results = openResults(project);
  const long = valueOfText(JSON.stringify("long ".repeat(50_000)));
  for (const value of [valueOfText("[1,2]"), long]) {
    expect(await results.putValue(value)).toBe(value.digest);
    expect(results.value(value.digest)?.text()).toBe(value.text());
  }
  expect(results.value("never put")).toBe(null);
});

it("a checkpoint is the last one of its code and inputs, until the result is there", async () => {
  const key = sha256("long step");
  const owner = { key: `${key} of this run`, run: "one", step: "train", indices: [] };
  expect(checkpointOf(project, key)).toBe(null);
  for (const epoch of [1, 2]) await saveCheckpoint(project, owner, `{"epoch":${epoch}}`);
  expect(checkpointOf(project, `${key} of another`)).toBe('{"epoch":2}');
  const note = { flow: "fit", step: "train", indices: [], key: owner.key, code: "c", sources: [], facts: [] };
  await openResults(project).commit({ ...note, text: "1", digest: sha256("1"), runId: null });
  expect(checkpointOf(project, key)).toBe(null);
});

it("a card has its parts in their order, with the last progress, and begins anew with a new try", async () => {
  const cards = new CardWriter(project, "one");
  const at = { step: "fit", indices: [3] };
  const long = { kind: "image", base64: "A".repeat(100_000) };
  for (const part of [
    { kind: "markdown", text: "# a" },
    { kind: "progress", done: 1 },
    long,
    { kind: "progress", done: 9 },
  ])
    cards.add(at, part);
  cards.add({ step: "load", indices: [] }, { kind: "markdown" });
  await cards.settled();
  const parts = [{ kind: "markdown", text: "# a" }, { kind: "progress", done: 9 }, long];
  expect(cardsOf(project, "one", "fit")).toEqual([{ ...at, parts }]);
  expect(cardsOf(project, "one").length).toBe(2);
  cards.clear(at);
  cards.add(at, { kind: "markdown" });
  await cards.settled();
  expect(cardsOf(project, "one", "fit")[0]?.parts).toEqual([{ kind: "markdown" }]);
});

describe("gc", () => {
  it("takes runs beyond the newest, with what only they had, and nothing that is shared", async () => {
    const of = fresh("newest");
    await made(of, { run: "old", key: "only old" });
    await made(of, { run: "old too", key: "shared" });
    await made(of, { run: "new", key: "shared" });
    await made(of, { run: "other", key: "of another", flow: "another" });
    openDatabase(of).write((sql) => sql.run("DELETE FROM flow_task"));
    const before = objectsOf(of);
    const dry = collect(of, { keepRuns: 1, dry: true });
    expect(objectsOf(of)).toBe(before);
    const gone = collect(of, { keepRuns: 1 });
    expect(gone).toEqual(dry);
    expect(gone).toMatchObject({ runs: expect.arrayContaining(["old", "old too"]), results: 1, objects: 3 });
    const results = openResults(of);
    expect(["only old", "shared", "of another"].map((key) => results.find(key) !== null)).toEqual([false, true, true]);
    expect(attemptsOf(of, "new")[0]?.log()).toBe("log of shared in new");
    expect(collect(of, { keepRuns: 1 })).toEqual({ runs: [], results: 0, objects: 0, bytes: 0 });
  });

  it("keeps what a registered model comes from, what a run used, and what is under DVC", async () => {
    const of = fresh("pointed");
    const keys = ["model data", "used by a run", "for nobody"].map((name) => sha256(name));
    const [data = "", used = "", nobody = ""] = keys;
    for (const key of keys) await made(of, { run: key, key });
    openDatabase(of).write((sql) => sql.run("DELETE FROM flow_task"));
    const kept = openResults(of).find(used);
    const step = { kind: "step", flow: "fit", step: "data", key: data } as const;
    const run = { kind: "run", id: "of track" } as const;
    const value = (digest: string) => ({ kind: "value", digest, name: "x" }) as const;
    recordFacts(of, [
      { activity: step, verb: "made", entity: value("weights"), timeMs: 1 },
      { activity: { kind: "run", id: "training" }, verb: "used", entity: value("weights"), timeMs: 1 },
      {
        activity: { kind: "run", id: "training" },
        verb: "made",
        entity: { kind: "model", name: "m", version: "1" },
        timeMs: 2,
      },
      { activity: run, verb: "used", entity: value(markOf(used, kept?.digest ?? "")), timeMs: 1 },
    ]);
    collect(of, { keepRuns: 0 });
    const results = openResults(of);
    expect([data, used, nobody].map((key) => results.find(key) !== null)).toEqual([true, true, false]);
  });

  it("takes only what is older than it was told, and what killed processes left", async () => {
    const of = fresh("older");
    await made(of, { run: "today", key: "today" });
    writeFileSync(join(of.stemmaFolder, "objects", "files", "md5", "00"), "", { flag: "a" });
    const torn = join(of.stemmaFolder, "objects", "files", "md5", "ab");
    mkdirSync(torn, { recursive: true });
    writeFileSync(join(torn, ".left.tmp"), "half an object");
    expect(collect(of, { olderThanMs: 3_600_000 })).toMatchObject({ runs: [], results: 0, objects: 0, bytes: 14 });
    expect(statSync(join(torn, ".left.tmp"), { throwIfNoEntry: false })).toBe(undefined);
    expect(collect(of, { olderThanMs: -1 })).toMatchObject({ runs: ["today"], results: 1, objects: 2 });
  });

  it("keeps what commands wrote, and takes what jobs, commands and copies of what went have left", async () => {
    const of = fresh("left");
    const { objects } = new KeptTexts(of);
    const files = ["gone", "kept"].map((name) => objects.put(`written by a command: ${name}`));
    const place = (md5: string): string => join(of.stemmaFolder, "outs", md5.slice(0, 2), md5.slice(2));
    for (const [i, md5] of files.entries()) {
      const text = JSON.stringify({ out: { name: "a.txt", md5, bytes: 25 } });
      const key = `command ${i}`;
      const note = { flow: "fit", step: "make", indices: [], key, code: "c", sources: [], facts: [] };
      await openResults(of).commit({ ...note, text, digest: sha256(text), runId: null });
      const journal = begun(of, `run ${i}`);
      journal.attempt({ ...attempt, step: "make", indices: [], key });
      await journal.end("done", null);
      mkdirSync(place(md5), { recursive: true });
      writeFileSync(join(place(md5), "a.txt"), "");
    }
    openDatabase(of).write((sql) => sql.run("DELETE FROM flow_task"));
    const left = ["slurm/run 0/fit-1", "slurm/run 1/fit-2", "work/try-x"].map((path) => join(of.stemmaFolder, path));
    for (const path of left) {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "spec-0.json"), "{}");
    }
    openDatabase(of).write((sql) => sql.run("UPDATE flow_run SET started = id"));
    expect(collect(of, { keepRuns: 1 })).toMatchObject({ runs: ["run 0"], results: 1, objects: 1, bytes: 26 + 2 + 2 });
    expect(left.map((path) => existsSync(path))).toEqual([false, true, false]);
    const [gone = "", kept = ""] = files;
    expect([gone, kept].map((md5) => [objects.has(md5), existsSync(place(md5))])).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it("waits for flows that run, and asks what may go", () => {
    const of = fresh("running");
    const lease = openLease(of);
    begun(of, "live", { owner: lease.owner });
    expect(() => collect(of, { keepRuns: 0 })).toThrow(FlowRunningError);
    expect(collect(of, { keepRuns: 1, dry: true }).runs).toEqual([]);
    expect(() => collect(of, {})).toThrow("gc() was not told what may go");
    lease.end();
  });
});
