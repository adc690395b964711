import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, it } from "vitest";
import { findProject, openDatabase, type Project } from "../../../src/store/index.ts";
import { exportMlflow, importRuns } from "../../../src/track/exchange/index.ts";
import { countPoints, makeStores, mlflowSays, type Said, stemmaSays } from "./stores.ts";

/** The schemas of MLflow 2.0, 2.4, 2.8, 2.19 and 3.0. */
const revisions = ["97727af70f4d", "7f2a7d5fae7d", "acf3f17fdcc7", "0584bdc529eb", "6953534de441"];
const folder = realpathSync(mkdtempSync(join(tmpdir(), "stemma-mlflow ")));
let said: { readonly head: Said; readonly mlruns: Said };

beforeAll(() => {
  said = makeStores(folder, revisions);
});

function emptyProject(): Project {
  return findProject(mkdtempSync(join(tmpdir(), "stemma-import-")));
}

describe("an import", () => {
  it("takes everything from a database that MLflow's client filled", async () => {
    const project = emptyProject();
    const summary = await importRuns(project, join(folder, "head", "mlflow.db"));
    expect(summary).toMatchObject({
      experiments: 2,
      runs: 3,
      points: 2507,
      models: 1,
      versions: 2,
      files: 2,
      notes: [],
    });
    const found = await stemmaSays(project);
    expect(found.runs).toEqual(said.head.runs);
    const { Default: _, ...experiments } = said.head.experiments;
    expect(found.experiments).toEqual(experiments);
    expect([found.models, found.registry, found.files]).toEqual([
      said.head.models,
      said.head.registry,
      said.head.files,
    ]);
    expect(Object.keys(found.files)).toEqual(["séir/1", "séir/2"]);
  });

  it("takes everything from a mlruns/ folder, whatever PyYAML left without quotes", async () => {
    const project = emptyProject();
    const summary = await importRuns(project, join(folder, "mlruns"));
    expect(summary).toMatchObject({ models: 1, versions: 2, notes: [] });
    const found = await stemmaSays(project);
    expect(found.runs).toEqual(said.mlruns.runs);
    const { models, registry, files } = said.mlruns;
    expect([found.models, found.registry, found.files]).toEqual([models, registry, files]);
    expect(await importRuns(project, join(folder, "mlruns"))).toMatchObject({ models: 0, versions: 0 });
    expect(Object.values(found.runs).map(({ info }) => info[0])).toEqual(expect.arrayContaining(["1e3", "null"]));
    expect(found.experiments["gone"]?.[1]).toBe("deleted");
  });

  it.each(revisions)("reads the schema of revision %s", async (revision) => {
    const project = emptyProject();
    const { notes } = await importRuns(project, join(folder, `${revision}.db`));
    const { runs, experiments } = await stemmaSays(project);
    expect(experiments["gone"]).toEqual(["8", "deleted", { "stemma.mlflow.experimentId": "183456789012345678" }]);
    expect(runs["a".repeat(32)]).toMatchObject({
      info: ["parent run", "FINISHED", "active", "ada", 100, 200],
      params: { empty: "", "model/β": "0.3" },
      artifacts: [["fit é.txt", 4]],
    });
    expect(runs["a".repeat(32)]?.metrics).toEqual({
      loss: [
        [-4, 13, "-1.7976931348623157e+308"],
        [0, 10, "3.5"],
        [1, 11, "2.25"],
        [2, 12, "nan"],
        [Number.MAX_SAFE_INTEGER, 11, "2.25"],
      ],
    });
    expect(runs["a".repeat(32)]?.inputs).toHaveLength(revision === "97727af70f4d" ? 0 : 1);
    expect(runs["c".repeat(32)]?.info[2]).toBe("deleted");
    expect(notes).toEqual([
      expect.stringContaining("steps past 2^53"),
      expect.stringContaining("Artifacts of 1 run are at s3://bucket/9/x/artifacts and were not copied."),
    ]);
  });

  it("takes the scalars of TensorBoard's files, and says what else was there", async () => {
    const project = emptyProject();
    const { notes } = await importRuns(project, join(folder, "events"), { experiment: "from tb" });
    const { runs } = await stemmaSays(project);
    const train = Object.values(runs).find(({ info }) => info[0] === "train");
    expect(train?.experiment).toBe("from tb");
    expect(train?.metrics["loss____"]?.slice(0, 3)).toEqual([
      [0, 1_000_000, "1.0"],
      [1, 1_000_125, "0.5"],
      [2, 1_000_250, "0.3333333432674408"],
    ]);
    expect(train?.metrics["acc"]).toEqual([[7, 2_000_000, "nan"]]);
    expect(Object.values(runs).map(({ info }) => info[0])).toEqual(expect.arrayContaining(["train", "eval/deep"]));
    expect(notes).toEqual([expect.stringContaining("2 images, histograms or texts were left out")]);
  });

  it("adds nothing the second time, and what is new there the third", async () => {
    const copy = join(mkdtempSync(join(tmpdir(), "stemma-grows-")), "mlflow.db");
    copyFileSync(join(folder, "head", "mlflow.db"), copy);
    const project = emptyProject();
    await importRuns(project, copy);
    const before = await stemmaSays(project);
    expect(await importRuns(project, copy)).toMatchObject({
      experiments: 0,
      runs: 0,
      updated: 0,
      present: 3,
      points: 0,
    });
    expect(await stemmaSays(project)).toEqual(before);
    const there = new DatabaseSync(copy);
    there.exec(
      "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) SELECT 'late', 7, 1, 1, 0, run_uuid FROM runs WHERE name = '1e3'",
    );
    there.close();
    expect(await importRuns(project, copy)).toMatchObject({ runs: 0, updated: 1, present: 2, points: 1 });
    expect(countPoints(project)).toBe(2508);
  });

  it("changes nothing in the file or beside it, and reads what a dead writer left in the log", async () => {
    const place = mkdtempSync(join(tmpdir(), "stemma-wal-"));
    const path = join(place, "mlflow.db");
    const copy = join(place, "copy", "mlflow.db");
    copyFileSync(join(folder, "6953534de441.db"), path);
    const writer = new DatabaseSync(path);
    writer.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; UPDATE runs SET name = 'in the log'");
    // The writer still lives: then a dead one, whose log nobody has played back.
    const project = emptyProject();
    await importRuns(project, path);
    expect((await stemmaSays(project)).runs["a".repeat(32)]?.info[0]).toBe("in the log");
    mkdirSync(join(place, "copy"));
    for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, copy + suffix);
    writer.close();
    const before = statSync(copy).mtimeMs;
    const other = emptyProject();
    await importRuns(other, copy);
    expect((await stemmaSays(other)).runs["a".repeat(32)]?.info[0]).toBe("in the log");
    expect(readdirSync(join(place, "copy"))).toEqual(["mlflow.db", "mlflow.db-wal"]);
    expect(statSync(copy).mtimeMs).toBe(before);
  });

  it.each([
    ["0123456789ab", /revision 0123456789ab, which this Stemma does not know/],
    ["bd07f7e963c5", /revision bd07f7e963c5, of MLflow 1\. .*mlflow db upgrade/],
  ])("refuses revision %s by its name", async (revision, message) => {
    const path = join(mkdtempSync(join(tmpdir(), "stemma-future-")), "mlflow.db");
    copyFileSync(join(folder, "6953534de441.db"), path);
    const database = new DatabaseSync(path);
    database.prepare("UPDATE alembic_version SET version_num = ?").run(revision);
    database.close();
    const project = emptyProject();
    await expect(importRuns(project, path)).rejects.toThrow(message);
    expect(readdirSync(project.root)).toEqual([]);
  });
});

describe("an export", () => {
  it("is upgraded in place by MLflow, which then reads every value back", async () => {
    const project = emptyProject();
    for (const store of ["97727af70f4d.db", "head/mlflow.db", "mlruns", "events"])
      await importRuns(project, join(folder, store));
    const place = mkdtempSync(join(tmpdir(), "stemma-export-"));
    const path = join(place, "mlflow.db");
    await exportMlflow(project, path, { artifacts: join(place, "the artifacts") });
    const there = mlflowSays(path);
    const here = await stemmaSays(project);
    expect(there.runs).toEqual(JSON.parse(asMlflow(here)).runs);
    expect(Object.keys(there.runs)).toHaveLength(11);
    expect([there.models, there.registry, there.files]).toEqual([here.models, here.registry, here.files]);
    expect(there.experiments["gone"]).toEqual(["183456789012345678", "deleted", {}]);
    // And home again: nothing is lost on the way.
    const home = emptyProject();
    await importRuns(home, path);
    expect(JSON.parse(asMlflow(await stemmaSays(home))).runs).toEqual(there.runs);
  });

  it("replaces no file, and leaves none behind that is not whole", async () => {
    const project = emptyProject();
    await importRuns(project, join(folder, "events"));
    const path = join(mkdtempSync(join(tmpdir(), "stemma-taken-")), "mlflow.db");
    appendFileSync(path, "mine");
    await expect(exportMlflow(project, path)).rejects.toThrow(`${path} is there already`);
    expect(statSync(path).size).toBe(4);
    openDatabase(project).write((sql) => sql.run("UPDATE chunk SET numbers = x'07'"));
    await expect(exportMlflow(project, path, { force: true })).rejects.toThrow(
      /A chunk of metric points .* is damaged/,
    );
    expect(readdirSync(join(path, ".."))).toEqual(["mlflow.db"]);
    expect(statSync(path).size).toBe(4);
  });
});

/** What MLflow cannot hold, as it holds it: infinities as the greatest double, runs without the tag of their name. */
function asMlflow(store: Said): string {
  const runs = Object.entries(store.runs).map(([id, run]) => {
    const { "stemma.mlflow.artifactUri": _, ...tags } = run.tags as Record<string, string>;
    return [id, { ...run, tags: { "mlflow.runName": run.info[0], ...tags } }];
  });
  return JSON.stringify({ runs: Object.fromEntries(runs) })
    .replaceAll('"inf"', '"1.7976931348623157e+308"')
    .replaceAll('"-inf"', '"-1.7976931348623157e+308"');
}
