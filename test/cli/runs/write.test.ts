import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { findProject } from "../../../src/store/index.ts";
import { openRuns } from "../../../src/track/index.ts";
import { emptyFolder } from "../stemma.ts";
import { stemma } from "./in-process.ts";

/** What a command printed; it has to end well. */
async function said(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await stemma(folder, "runs", ...args);
  expect([code, err]).toEqual([0, ""]);
  return out;
}

async function refused(folder: string, ...args: readonly string[]): Promise<readonly [code: number, err: string]> {
  const { code, out, err } = await stemma(folder, "runs", ...args);
  expect(out).toBe("");
  return [code, err];
}

describe("stemma runs, from a shell script", () => {
  it("starts a run, logs to it and ends it, by the first digits of its id", async () => {
    const folder = emptyFolder();
    const id = (
      await said(folder, "start", "--experiment", "iris", "--name", "v 3", "-p", "lr=0.1", "-t", "team=a=b")
    ).trim();
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    mkdirSync(join(folder, "out", "deep"), { recursive: true });
    writeFileSync(join(folder, "out", "deep", "é.txt"), "x");
    writeFileSync(join(folder, "two:b.txt"), "yy");
    const short = id.slice(0, 6);
    expect(
      await said(
        folder,
        "log",
        short,
        "-m",
        "rmse=3",
        "-m",
        "rmse=nan",
        "-m",
        "acc=-inf@7",
        "-p",
        "depth=",
        "--note",
        "# hi",
      ),
    ).toBe("Run v 3: 1 param, 3 metrics, 1 tag.\n");
    await said(folder, "log", short, "-m", "rmse=1", "-a", "out", "-a", "out/deep/é.txt:plots/", "-a", "two:b.txt");
    expect(await said(folder, "end", short, "--status", "FAILED")).toBe(`Run v 3 (${id}) is FAILED.\n`);
    const store = openRuns(findProject(folder));
    const run = await store.run(id);
    expect(run).toMatchObject({ experiment: "iris", name: "v 3", status: "FAILED", params: { lr: "0.1", depth: "" } });
    expect(run?.tags).toMatchObject({ team: "a=b", "mlflow.note.content": "# hi" });
    const rmse = await store.metricHistory(id, "rmse");
    // A loop in a shell gives a curve.
    expect(rmse.map(({ step, value }) => [step, value])).toEqual([
      [0, 3],
      [1, Number.NaN],
      [2, 1],
    ]);
    expect(run?.metrics["acc"]).toMatchObject({ value: Number.NEGATIVE_INFINITY, step: 7 });
    const files = readdirSync(run?.artifactFolder ?? "", { recursive: true })
      .map(String)
      .toSorted();
    expect(files).toEqual(["out", "out/deep", "out/deep/é.txt", "plots", "plots/é.txt", "two:b.txt"]);
  });

  it("nests, renames, deletes and restores runs", async () => {
    const folder = emptyFolder();
    const parent = (await said(folder, "start")).trim();
    const { run } = JSON.parse(await said(folder, "start", "--parent", parent.slice(0, 8), "--json"));
    expect(run.data.tags).toContainEqual({ key: "mlflow.parentRunId", value: parent });
    const child: string = run.info.run_id;
    await said(folder, "rename", child, "n é w");
    await said(folder, "delete", child, parent);
    expect(await said(folder, "list")).toBe("No runs.\n");
    expect(await said(folder, "list", "--deleted")).toContain("n é w");
    await said(folder, "restore", child);
    const listed = JSON.parse(await said(folder, "list", "--json")).runs;
    expect(listed.map((one: { info: { run_id: string } }) => one.info.run_id)).toEqual([child]);
  });

  it("says what is wrong, and changes nothing", async () => {
    const folder = emptyFolder();
    const id = (await said(folder, "start")).trim();
    expect(await refused(folder, "log", id, "-m", "rmse=x")).toEqual([
      2,
      expect.stringContaining('Want key=number or key=number@step, got "rmse=x".'),
    ]);
    expect(await refused(folder, "log", id, "-p", "a=1", "-a", "nope")).toEqual([
      1,
      "ERROR: There is no file or folder nope.\n",
    ]);
    expect(await refused(folder, "log", id)).toEqual([1, expect.stringContaining("There is nothing to log.")]);
    expect(await refused(folder, "end", "abc")).toEqual([
      1,
      expect.stringContaining("Give at least six digits of an id."),
    ]);
    expect(await refused(folder, "end")).toEqual([1, expect.stringContaining("No run is named.")]);
    expect(await refused(folder, "delete", id, "f".repeat(32))).toEqual([
      1,
      expect.stringContaining("There is no run ffff"),
    ]);
    const run = await openRuns(findProject(folder)).run(id);
    expect(run).toMatchObject({ lifecycle: "active", params: {}, metrics: {} });
  });

  it("makes, renames, deletes and restores experiments", async () => {
    const folder = emptyFolder();
    expect(await said(folder, "experiments", "create", "séir", "-t", "a=b")).toBe("Experiment 'séir' has id 1.\n");
    await said(folder, "experiments", "rename", "1", "SEIR");
    await said(folder, "experiments", "delete", "SEIR");
    expect(await said(folder, "experiments", "list")).toBe("No experiments.\n");
    expect(await said(folder, "experiments", "list", "--deleted")).toMatch(
      /^ID {2}NAME {2}RUNS {2}CHANGED *\n 1 {2}SEIR {5}0 .* deleted\n$/,
    );
    const { experiment } = JSON.parse(await said(folder, "experiments", "restore", "SEIR", "--json"));
    expect(experiment).toMatchObject({ name: "SEIR", lifecycle_stage: "active", tags: [{ key: "a", value: "b" }] });
  });
});

describe("stemma runs, for others and for good", () => {
  it("exports rows, and a database that it imports again", async () => {
    const folder = emptyFolder();
    const id = (await said(folder, "start", "--experiment", "iris", "--name", "a,b", "-p", "text=two\nlines")).trim();
    await said(folder, "log", id, "-m", "rmse=nan");
    await said(folder, "end", id);
    const csv = await said(folder, "export", "--csv");
    expect(csv).toMatch(/^run_id,run_name,experiment_id,experiment,status,/);
    expect(csv).toMatch(new RegExp(`\\n${id},"a,b",1,iris,FINISHED,.*,NaN,"two\\nlines",`));
    expect(JSON.parse(await said(folder, "export", "--json"))).toMatchObject([{ run_id: id, "metrics.rmse": "NaN" }]);
    await said(folder, "export", "--parquet", "runs.parquet");
    expect(readFileSync(join(folder, "runs.parquet"), "latin1").slice(0, 4)).toBe("PAR1");
    expect(await refused(folder, "export")).toEqual([2, expect.stringContaining("give one of --mlflow")]);
    await said(folder, "export", "--mlflow", "mlflow.db", "--artifacts", "kept");
    expect((await refused(folder, "export", "--mlflow", "mlflow.db"))[1]).toMatch(
      /mlflow\.db is there already\..*--force/,
    );
    const other = emptyFolder();
    expect(await said(other, "import", join(folder, "mlflow.db"), "--dry-run")).toMatch(
      /^Would import 1 run with 1 point/,
    );
    expect(readdirSync(other)).toEqual([]);
    expect(await said(other, "import", join(folder, "mlflow.db"))).toMatch(
      /^Imported 1 run with 1 point .* into 1 new experiment/,
    );
    expect(JSON.parse(await said(other, "import", join(folder, "mlflow.db"), "--json"))).toMatchObject({
      runs: 0,
      present: 1,
    });
    expect(await said(other, "show", id.slice(0, 8))).toContain("rmse  NaN");
  });

  it("removes deleted runs only when it is told to, and checks and repairs the store", async () => {
    const folder = emptyFolder();
    const id = (await said(folder, "start")).trim();
    await said(folder, "end", id);
    expect(await said(folder, "gc")).toBe("Nothing to remove: no deleted run or experiment.\n");
    await said(folder, "delete", id);
    expect(await said(folder, "gc", "--older-than", "1d")).toMatch(/^Nothing to remove/);
    expect(await said(folder, "gc", "--dry-run")).toMatch(
      /^Would remove 1 run, 0 points and 0 B of artifacts\.\n {2}run /,
    );
    expect(await refused(folder, "gc")).toEqual([1, expect.stringContaining("Nobody is there to answer; give --yes.")]);
    expect(await said(folder, "gc", "--yes")).toMatch(/^Removed 1 run, /);
    expect(await said(folder, "check")).toBe("The store is whole.\n");
    const database = new DatabaseSync(join(folder, "stemma", "stemma.db"));
    database.exec("INSERT INTO tag (name, run, text) VALUES (1, 99, 'x')");
    database.close();
    const found = await stemma(folder, "runs", "check");
    expect(found.code).toBe(1);
    expect(found.out).toContain("1 tags belong to no run.\n  Repair: delete them.\n");
    expect(await said(folder, "check", "--repair")).toMatch(
      /All is in order now\. The database as it was is in .*backup-/,
    );
    expect(await said(folder, "check")).toBe("The store is whole.\n");
  });

  it("leaves a server alone where it works on the project's own database", async () => {
    const folder = emptyFolder();
    process.env["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:9";
    try {
      expect((await refused(folder, "gc"))[1]).toContain(
        "MLFLOW_TRACKING_URI names a server. Unset it for this command.",
      );
      expect((await refused(folder, "list"))[1]).toContain(
        "No good answer from the tracking server http://127.0.0.1:9",
      );
    } finally {
      delete process.env["MLFLOW_TRACKING_URI"];
    }
  });
});
