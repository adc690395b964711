import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import { recordFacts, recordPart } from "../../../src/lineage/index.ts";
import { findProject, openDatabase, type Project } from "../../../src/store/index.ts";
import { openRuns, type RunRecord } from "../../../src/track/index.ts";
import { checkStore, planGc, repairStore, runGc } from "../../../src/track/keep/index.ts";

let project: Project;
let kept: RunRecord;
let dropped: RunRecord;

async function filledRun(name: string, experimentId: string): Promise<RunRecord> {
  const store = openRuns(project);
  const run = await store.createRun({ experimentId, name, user: "ada", startMs: 1, parentId: null, tags: { t: name } });
  await store.logParams(run.id, { [`only ${name}`]: "1" });
  const points = Array.from({ length: 2500 }, (_, step) => ({ key: "loss", value: step / 3, step, timeMs: step * 3 }));
  await store.logMetrics(run.id, [...points, { key: "bad", value: Number.NaN, step: 0, timeMs: 1 }]);
  const dataset = {
    name: `data of ${name}`,
    digest: "d",
    sourceType: "local",
    source: "{}",
    schema: null,
    profile: null,
  };
  await store.logInputs(run.id, [{ ...dataset, tags: {} }]);
  await store.writeArtifact(run.id, "fit.txt", Buffer.from(name));
  const activity = { kind: "run", id: run.id } as const;
  recordFacts(project, [
    { activity, verb: "used", entity: { kind: "data", path: "shared.csv", md5: "a", bytes: 1 }, timeMs: 1 },
    { activity, verb: "made", entity: { kind: "artifact", run: run.id, path: "fit.txt" }, timeMs: 1 },
  ]);
  return store.updateRun(run.id, { status: "FINISHED", endMs: 2 });
}

beforeEach(async () => {
  project = findProject(mkdtempSync(join(tmpdir(), "stemma-keep-")));
  const { id } = await openRuns(project).createExperiment("séir");
  kept = await filledRun("kept", id);
  dropped = await filledRun("dropped", id);
});

const counts = (): Readonly<Record<string, number>> =>
  Object.fromEntries(
    ["run", "param", "tag", "series", "chunk", "input", "dataset", "fact", "part", "activity", "entity"].map(
      (table) => [
        table,
        openDatabase(project).first<{ readonly n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? -1,
      ],
    ),
  );
const messages = (): readonly string[] => checkStore(project).map(({ message }) => message);
const change = (sql: string, ...values: (string | number)[]): void => {
  openDatabase(project).write((write) => write.run(sql, ...values));
};

describe("gc", () => {
  it("removes a deleted run with all that only it used, and nothing else", async () => {
    const one = counts();
    await openRuns(project).deleteRun(dropped.id);
    recordPart(project, { kind: "run", id: dropped.id }, { kind: "run", id: kept.id });
    const plan = planGc(project);
    expect(plan).toMatchObject({ experiments: [], points: 2501, bytes: 7 });
    expect(plan.runs.map(({ id }) => id)).toEqual([dropped.id]);
    runGc(project, plan);
    // Everything was there twice but the data that both used.
    const half = Object.fromEntries(Object.entries(one).map(([table, n]) => [table, Math.ceil(n / 2)]));
    expect(counts()).toEqual({ ...half, part: 0 });
    expect(existsSync(dropped.artifactFolder)).toBe(false);
    expect(readFileSync(join(kept.artifactFolder, "fit.txt"), "utf8")).toBe("kept");
    expect(checkStore(project)).toEqual([]);
  });

  it("removes a deleted experiment with all its runs and its folder", async () => {
    const store = openRuns(project);
    await store.deleteExperiment(kept.experimentId);
    runGc(project, planGc(project));
    expect(await store.experiments("all")).toEqual([]);
    expect(Object.values(counts())).toEqual(Object.values(counts()).map(() => 0));
    expect(readdirSync(join(project.stemmaFolder, "artifacts"))).toEqual([]);
  });

  it("keeps what was restored since the plan, what was deleted only now, and what somebody writes", async () => {
    const store = openRuns(project);
    await store.deleteRun(dropped.id);
    expect(planGc(project, { olderThanMs: 60_000 }).runs).toEqual([]);
    const plan = planGc(project);
    await store.restoreRun(dropped.id);
    expect(runGc(project, plan).runs).toEqual([]);
    expect(await store.run(dropped.id)).not.toBeNull();
    await store.deleteRun(dropped.id);
    const { row = 0 } = planGc(project).runs[0] ?? {};
    change("INSERT INTO lease (run, owner, host, renewed, expires) VALUES (?, 'x', 'elsewhere', 1, 9e12)", row);
    expect(planGc(project).runs).toEqual([]);
  });

  it("names the experiments there are when the one asked for is none", () => {
    expect(() => planGc(project, { experiment: "sier" })).toThrow('There is no experiment "sier". There are: séir.');
  });
});

describe("check", () => {
  it("finds nothing in a store that is whole", () => {
    expect(checkStore(project)).toEqual([]);
  });

  it("finds a chunk that cannot be read, and drops it behind a copy of the database", async () => {
    const chunk = "position = 1 AND run = (SELECT id FROM run WHERE uuid = ?)";
    const lost = openDatabase(project).first<{ readonly points: number; readonly first_step: number }>(
      `SELECT points, first_step FROM chunk WHERE ${chunk}`,
      kept.id,
    ) ?? { points: 0, first_step: 0 };
    change(`UPDATE chunk SET numbers = x'0203' WHERE ${chunk}`, kept.id);
    expect(messages()).toEqual([
      `Part 1 of metric loss of run ${kept.id} cannot be read; it had ${lost.points} points.`,
    ]);
    const { backup, left } = repairStore(project);
    expect(left).toEqual([]);
    const history = await openRuns(project).metricHistory(kept.id, "loss");
    const isLost = (step: number): boolean => step >= lost.first_step && step < lost.first_step + lost.points;
    expect(lost.points).toBeGreaterThan(1);
    expect(history.map(({ step }) => step)).toEqual([...Array(2500).keys()].filter((step) => !isLost(step)));
    const before = new DatabaseSync(join(backup, "stemma.db"));
    expect(before.prepare("SELECT count(*) AS n FROM chunk WHERE length(numbers) = 2").get()).toEqual({ n: 1 });
    before.close();
  });

  it("finds a metric whose summary is not that of its points", () => {
    change(
      "UPDATE series SET points = 7, max = 3 WHERE run = (SELECT id FROM run WHERE uuid = ?) AND last IS NOT NULL",
      kept.id,
    );
    expect(messages()).toEqual([
      `Of metric loss of run ${kept.id} the store says 7 points, last 833, from 0 to 3; its points are 2500 points, last 833, from 0 to 833.`,
    ]);
    expect(repairStore(project).left).toEqual([]);
  });

  it("finds tails and artifact folders of no run, and moves them to the backup", () => {
    const uuid = "f".repeat(32);
    mkdirSync(join(project.stemmaFolder, "tail"), { recursive: true });
    writeFileSync(join(project.stemmaFolder, "tail", `${uuid}.ab.1.tail`), "points");
    mkdirSync(join(project.stemmaFolder, "artifacts", "1", uuid));
    writeFileSync(join(project.stemmaFolder, "artifacts", "1", uuid, "a.txt"), "mine");
    expect(messages()).toEqual([
      `stemma/tail/${uuid}.ab.1.tail has points of run ${uuid}, which there is not.`,
      `stemma/artifacts/1/${uuid} (4 B) has artifacts of no run.`,
    ]);
    const { backup, left } = repairStore(project);
    expect(left).toEqual([]);
    expect(readFileSync(join(backup, "artifacts", "1", uuid, "a.txt"), "utf8")).toBe("mine");
    expect(readFileSync(join(backup, "tail", `${uuid}.ab.1.tail`), "utf8")).toBe("points");
  });

  it("finds rows of no run, runs of no experiment and names that nothing uses", async () => {
    change("INSERT INTO param (name, run, text, json) VALUES (1, 999, 'x', 0)");
    change("UPDATE run SET experiment = 77 WHERE uuid = ?", kept.id);
    change("INSERT INTO name (id, text) VALUES (5000, 'unused'), (5001, 'last')");
    expect(messages()).toEqual([
      "1 params belong to no run.",
      `Run kept (${kept.id}) belongs to experiment 77, which there is not.`,
      "1 names of metrics, params or tags are used by no run.",
      expect.stringContaining(`stemma/artifacts/1/${kept.id}`),
    ]);
    expect(repairStore(project).left).toEqual([]);
    expect((await openRuns(project).run(kept.id))?.experiment).toBe("recovered-77");
  });

  it("finds a run whose process is gone, and ends it", async () => {
    change("UPDATE run SET status = 'RUNNING', ended = NULL WHERE uuid = ?", kept.id);
    change(
      "INSERT INTO lease (run, owner, host, pid, renewed, expires) SELECT id, 'x', 'elsewhere', 4, 5, 6 FROM run WHERE uuid = ?",
      kept.id,
    );
    expect(messages()).toEqual([`Run kept (${kept.id}) is kept open, but its process 4 on elsewhere is gone.`]);
    expect(repairStore(project).left).toEqual([]);
    expect(await openRuns(project).run(kept.id)).toMatchObject({ status: "KILLED", endMs: 5 });
  });

  it("says what SQLite says of a damaged file, and repairs an index of it", () => {
    const root = openDatabase(project).first<{ readonly rootpage: number }>(
      "SELECT rootpage FROM sqlite_master WHERE name = 'run_by_start'",
    );
    const path = openDatabase(project).path;
    openDatabase(project).close();
    const index = readFileSync(path);
    // The entry of the first run: three bytes, of which two say that its start and its row are 1. Its start becomes 0.
    const entry = index.indexOf(Buffer.from([3, 3, 9, 9]), ((root?.rootpage ?? 0) - 1) * 4096);
    index[entry + 2] = 8;
    writeFileSync(path, index);
    const findings = checkStore(project);
    expect(findings[0]?.message).toMatch(/^SQLite says of stemma\.db: .* index run_by_start/);
    expect(repairStore(project).left).toEqual([]);
    openDatabase(project).close();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 8192, 8192 + 4096 * 3);
    writeFileSync(path, bytes);
    const broken = checkStore(project);
    expect(broken.length).toBeGreaterThan(0);
    expect(broken.every(({ kind }) => kind === "database")).toBe(true);
  });
});
