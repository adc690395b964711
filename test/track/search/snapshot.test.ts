import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findProject, openDatabase, type Project } from "../../../src/store/index.ts";
import { openRuns, type RunQuery, type RunStore } from "../../../src/track/index.ts";
import { countRuns, parseFilter, parseOrder, printFilter } from "../../../src/track/search/index.ts";
import { askSnapshot, buildSnapshot } from "../../../src/track/search/snapshot/index.ts";
import { conditions, makeRun } from "./some-runs.ts";

let project: Project;
let store: RunStore;
let experiment: string;
async function open(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "stemma-snapshot-"));
  project = findProject(folder);
  store = openRuns(folder);
  experiment = (await store.createExperiment("seir")).id;
}

/** Does something as if there were no snapshot. */
async function without<T>(work: () => Promise<T>): Promise<T> {
  const set = (current: number): void => {
    openDatabase(project).write((sql) => sql.run("UPDATE run_snapshot SET current = ?", current));
  };
  const current = openDatabase(project).first<{ readonly current: number }>(
    "SELECT current FROM run_snapshot",
  )?.current;
  set(0);
  try {
    return await work();
  } finally {
    set(current ?? 0);
  }
}

/** What the snapshot itself says, null where it is not asked. */
function asked(filter: string, orderBy: readonly string[] = []): ReturnType<typeof askSnapshot> {
  return openDatabase(project).snapshot((sql) =>
    askSnapshot(
      project,
      { sql, metrics: "series" },
      {
        condition: parseFilter(filter),
        experiments: [Number(experiment)],
        lifecycle: "active",
        order: { orders: parseOrder(orderBy), after: null },
        limit: 100,
      },
    ),
  );
}

async function pages(query: Omit<RunQuery, "experimentIds">): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let pageToken: string | null = ""; pageToken !== null; ) {
    const page = await store.searchRuns({ ...query, experimentIds: [experiment], pageToken });
    ids.push(...page.runs.map(({ id }) => id));
    pageToken = page.nextPageToken;
  }
  return ids;
}

const orders = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom(
      "metrics.a",
      "metrics.b",
      "metrics.none",
      "params.a",
      "tags.a",
      "run_name",
      "start_time",
      "end_time",
      "status",
    ),
    fc.constantFrom("ASC", "DESC"),
  ),
  { maxLength: 3, selector: ([key]) => key },
);

describe("a snapshot of runs", () => {
  beforeAll(async () => {
    await open();
    const ids: string[] = [];
    for (let i = 0; i < 24; i++) ids.push(await makeRun(store, experiment, i % 8));
    // As a store does that is too large for one look: some runs and some names at a time.
    buildSnapshot(project, { runs: 5, values: 30 });
    // Some change afterwards, one is new, one is gone.
    await store.setTags(ids[3] ?? "", { a: "ab" });
    await store.logMetrics(ids[9] ?? "", [{ key: "a", value: 0.5, step: 9, timeMs: 9 }]);
    await store.updateRun(ids[11] ?? "", { name: "a%b", status: "FAILED", endMs: 1001 });
    await store.deleteTag(ids[0] ?? "", "a");
    await store.deleteRun(ids[20] ?? "");
    await makeRun(store, experiment, 1);
  });

  it("and the runs that changed since give what the database alone gives: filter, order, pages, count", () =>
    fc.assert(
      fc.asyncProperty(
        conditions,
        orders,
        fc.record({
          limit: fc.constantFrom(2, 5, 100),
          lifecycle: fc.constantFrom("active" as const, "all" as const, "deleted" as const),
        }),
        async (condition, order, rest) => {
          const filter = printFilter(condition);
          const query = { filter, orderBy: order.map((part) => part.join(" ")), ...rest };
          const found = await pages(query);
          expect(found).toEqual(await without(() => pages(query)));
          expect(countRuns(project, { ...query, experimentIds: [experiment] })).toBe(found.length);
        },
      ),
      { numRuns: 250 },
    ));

  it("is asked wherever it has what is looked for, and not for the rest", () => {
    expect(asked("metrics.a > 0 OR NOT params.b = 'A'", ["tags.a DESC", "end_time"])?.changed).toHaveLength(6);
    expect(asked("run_name LIKE 'a%' AND start_time > 5 AND status != 'FAILED' AND user_id ILIKE 'A'")).not.toBeNull();
    for (const filter of [
      "run_id = 'a'",
      "artifact_uri LIKE 'a'",
      "datasets.name = 'a'",
      "metrics.a > 0 AND run_id = 'a'",
    ])
      expect(asked(filter)).toBeNull();
    expect(asked("metrics.a > 0", ["run_id"])).toBeNull();
  });
});

describe("a snapshot of runs", () => {
  beforeEach(open);

  it("is told of every way in which a run changes", async () => {
    const { id } = await store.createRun({
      experimentId: experiment,
      name: "a",
      user: "ada",
      startMs: 1,
      parentId: null,
      tags: {},
    });
    const point = { key: "a", value: 1, step: 0, timeMs: 0 };
    const ways: readonly (() => Promise<unknown>)[] = [
      () => store.logParams(id, { a: "1" }),
      () => store.logMetrics(id, [point]),
      () => store.logMetrics(id, [{ ...point, step: 1 }]),
      () => store.setTags(id, { a: "1" }),
      () => store.setTags(id, { a: "2" }),
      () => store.deleteTag(id, "a"),
      () => store.updateRun(id, { name: "b" }),
      () => store.updateRun(id, { status: "FINISHED", endMs: 5 }),
      () => store.deleteRun(id),
      () => store.restoreRun(id),
      async () => openDatabase(project).write((sql) => sql.run("DELETE FROM run WHERE uuid = ?", id)),
    ];
    for (const change of ways) {
      buildSnapshot(project);
      expect(asked("")?.changed).toEqual([]);
      await change();
      expect(asked("")?.changed).toHaveLength(1);
    }
  });

  it("gives way to the database where its file is gone, cut off or of another version", async () => {
    await makeRun(store, experiment, 0);
    buildSnapshot(project);
    const folder = join(project.stemmaFolder, "cache", "runs");
    const file = join(folder, readdirSync(folder)[0] ?? "");
    expect(asked("")).not.toBeNull();
    const whole = readFileSync(file);
    const torn = [Buffer.from("no columns"), Buffer.alloc(0), whole.subarray(0, -8), whole.subarray(0, 40)];
    for (const bytes of [...torn, null]) {
      rmSync(file);
      if (bytes !== null) writeFileSync(file, bytes);
      expect(asked("")).toBeNull();
      expect(await pages({ filter: "status = 'RUNNING'" })).toHaveLength(1);
    }
  });

  it("leaves one file behind, however often it was made, and by however many processes at once", async () => {
    for (let i = 0; i < 8; i++) await makeRun(store, experiment, i);
    const face = (path: string): string => JSON.stringify(join(import.meta.dirname, "../../../src", path));
    const program = `
      import { findProject, openDatabase } from ${face("store/index.ts")};
      import { buildSnapshot } from ${face("track/search/snapshot/index.ts")};
      const project = findProject(process.cwd());
      for (let i = 0; i < 10; i++) {
        buildSnapshot(project);
        openDatabase(project).write((sql) => sql.run("UPDATE run SET name = name || 'x' WHERE id = 1 + ? % 8", i));
      }`;
    const children = [1, 2, 3].map(() =>
      spawn(process.execPath, ["--input-type=module", "-e", program], { cwd: project.root, stdio: "inherit" }),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
    expect(codes).toEqual([0, 0, 0]);
    expect(readdirSync(join(project.stemmaFolder, "cache", "runs"))).toHaveLength(1);
    const query = { filter: "run_name LIKE '%x' OR metrics.a >= 0", orderBy: ["run_name", "metrics.a DESC"] };
    expect(await pages(query)).toEqual(await without(() => pages(query)));
  });

  it("finds points that are still in a file of a run that is being written", async () => {
    const { track } = await import("../../../src/track/index.ts");
    const before = process.cwd();
    process.chdir(project.root);
    try {
      const run = await track("seir");
      buildSnapshot(project);
      run.log({ rmse: 3 });
      expect(await pages({ filter: "metrics.rmse = 3" })).toEqual([run.id]);
      await run.end();
      expect(await pages({ filter: "metrics.rmse = 3" })).toEqual([run.id]);
    } finally {
      process.chdir(before);
    }
  });

  it("is made by itself once there are thousands of runs, and again when a tenth has changed", async () => {
    const add = (n: number): void =>
      openDatabase(project).write((sql) => {
        for (let i = 0; i < n; i++)
          sql.run(
            "INSERT INTO run (uuid, experiment, name, status, user, started) VALUES (lower(hex(randomblob(16))), ?, 'a', 'FINISHED', 'ada', ?)",
            Number(experiment),
            i,
          );
      });
    const made = async (n: number): Promise<void> => {
      const current = (): number | undefined =>
        openDatabase(project).first<{ readonly current: number }>("SELECT current FROM run_snapshot")?.current;
      while (current() !== n) {
        expect(await pages({ filter: "run_name = 'a' AND start_time < 3" })).toHaveLength(3 * n);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    add(2000);
    await made(1);
    add(600);
    await made(2);
    expect(await pages({ filter: "run_name = 'a' AND start_time < 3" })).toHaveLength(6);
  });
});
