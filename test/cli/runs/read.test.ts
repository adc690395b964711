import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findProject, openDatabase } from "../../../src/store/index.ts";
import { openRuns } from "../../../src/track/index.ts";
import { emptyFolder, stemma } from "../stemma.ts";

interface Made {
  readonly folder: string;
  readonly ids: readonly string[];
}

async function twoRuns(): Promise<Made> {
  const folder = emptyFolder();
  const store = openRuns(findProject(folder));
  const { id: experimentId } = await store.createExperiment("seir");
  const ids: string[] = [];
  for (const beta of ["0.2", "0.35"]) {
    const base = { experimentId, user: "ada", startMs: new Date(2026, 4, 3, 14, 2, ids.length).getTime() };
    const run = await store.createRun({ ...base, name: `beta ${beta} \u001b[31m`, parentId: null, tags: {} });
    ids.push(run.id);
    await store.logParams(run.id, { beta });
    await store.logMetrics(run.id, [{ key: "rmse", value: Number(beta) * 10, step: 4, timeMs: 1 }]);
    await store.logMetrics(run.id, [{ key: "bad", value: Number.NaN, step: 0, timeMs: 1 }]);
    await store.updateRun(run.id, { status: "FINISHED", endMs: base.startMs + 1250 });
  }
  await store.writeArtifact(ids[0] ?? "", "fit.json", Buffer.from("{}"));
  return { folder, ids };
}

describe("stemma runs", () => {
  it("lists them below each other, and lets no name steer the terminal", async () => {
    const { folder, ids } = await twoRuns();
    expect(stemma(folder, "runs", "list").out).toBe(
      [
        "RUN       NAME                EXPERIMENT  STATUS    STARTED                TIME",
        `${ids[1]?.slice(0, 8)}  beta 0.35 \\x1b[31m  seir        FINISHED  2026-05-03 14:02:01  1.25 s`,
        `${ids[0]?.slice(0, 8)}  beta 0.2 \\x1b[31m   seir        FINISHED  2026-05-03 14:02:00  1.25 s`,
        "",
      ].join("\n"),
    );
  });

  it("searches them with MLflow's filter and order", async () => {
    const { folder, ids } = await twoRuns();
    const found = stemma(folder, "runs", "search", "metrics.rmse < 3", "--json");
    const { runs } = JSON.parse(found.out);
    expect(runs.map((run: { info: { run_id: string } }) => run.info.run_id)).toEqual([ids[0]]);
    expect(runs[0].data.metrics).toContainEqual({ key: "bad", value: "NaN", timestamp: 1, step: 0 });
    const ordered = stemma(folder, "runs", "search", "metrics.rmse > 0", "--order-by", "metrics.rmse ASC", "-n", "1");
    expect(ordered.out).toContain("beta 0.2 ");
    expect(ordered.out).not.toContain("0.35");
  });

  it("shows one by the first digits of its id", async () => {
    const { folder, ids } = await twoRuns();
    const { out } = stemma(folder, "runs", "show", ids[0]?.slice(0, 10) ?? "");
    expect(out).toContain(`Run           ${ids[0]}\n`);
    expect(out).toContain("Started       2026-05-03 14:02:00 by ada\n");
    expect(out).toContain("\nParams\n  beta  0.2\n");
    expect(out).toContain("\nMetrics\n  bad   NaN\n  rmse  2 (step 4)\n");
    expect(out).toContain("\nArtifacts\n  fit.json  2 B\n");
  });

  it("compares the runs of an experiment, the best one marked", async () => {
    const { folder } = await twoRuns();
    const { out } = stemma(folder, "runs", "compare", "seir");
    expect(out).toContain("seir · 2 runs");
    expect(out).toMatch(/beta 0\.2.*★.*0\.2.*\*2/);
  });

  it("names the experiments there are when the one asked for is none", async () => {
    const { folder } = await twoRuns();
    expect(stemma(folder, "runs", "compare", "sier")).toEqual({
      code: 1,
      out: "",
      err: 'ERROR: There is no experiment "sier". There are: seir.\n',
    });
  });

  it("makes no store by looking", () => {
    const folder = emptyFolder();
    expect(stemma(folder, "runs", "list")).toEqual({ code: 0, out: "No runs.\n", err: "" });
    expect(stemma(folder, "doctor").code).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("stemma doctor", () => {
  it("says where the project and its store are", async () => {
    const { folder } = await twoRuns();
    const { code, out } = stemma(folder, "doctor");
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^Project +${folder} \\(has stemma/stemma\\.db\\)$`, "m"));
    expect(out).toMatch(/^Store .*schema \d+, \d+ bytes, 2 runs in 1 experiment$/m);
  });

  it("ends with 1 at a store of a newer version, or one that is no database", () => {
    const newer = emptyFolder();
    const database = openDatabase(findProject(newer));
    database.write((sql) => sql.run("PRAGMA user_version = 999"));
    database.close();
    const ended = stemma(newer, "doctor");
    expect([ended.code, ended.out]).toEqual([1, expect.stringContaining("was written by a newer Stemma")]);

    const broken = emptyFolder();
    openDatabase(findProject(broken)).close();
    writeFileSync(join(broken, "stemma", "stemma.db"), "no database".repeat(1000));
    expect(existsSync(join(broken, "stemma", "stemma.db"))).toBe(true);
    expect(stemma(broken, "doctor")).toMatchObject({ code: 1, out: expect.stringContaining("PROBLEM") });
  });
});
