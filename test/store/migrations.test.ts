import { mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { Lineage } from "../../src/lineage/index.ts";
import { findProject, openDatabase, type Project } from "../../src/store/index.ts";
import { openRuns } from "../../src/track/index.ts";
import { golden } from "../support/golden.ts";
import { root } from "../support/tools.ts";

const dumps = readdirSync(join(root, "test", "golden", "stemma")).filter((name) => name.endsWith(".sql"));

/** A project whose store an older Stemma wrote. */
function storeFrom(dump: string): Project {
  const folder = mkdtempSync(join(tmpdir(), "stemma-older-"));
  mkdirSync(join(folder, "stemma"));
  const database = new DatabaseSync(join(folder, "stemma", "stemma.db"));
  database.exec(`BEGIN;\n${golden(`stemma/${dump}`)}COMMIT;`);
  database.close();
  return findProject(folder);
}

function versionOf(project: Project): number {
  return Number(openDatabase(project).first<{ readonly user_version: number }>("PRAGMA user_version")?.user_version);
}

describe("a store of an older schema", () => {
  it("has a dump for each schema before this one (test/store/dump-schema.ts writes them)", () => {
    const current = versionOf(findProject(mkdtempSync(join(tmpdir(), "stemma-newest-"))));
    const older = Array.from({ length: current - 1 }, (_, i) => `schema-${i + 1}.sql`);
    expect(dumps).toEqual(expect.arrayContaining(older));
  });

  it.each(dumps)("is brought up from %s with all its data", async (dump) => {
    const project = storeFrom(dump);
    const store = openRuns(project);
    const experiment = await store.experimentByName("séir");
    expect(experiment?.tags).toEqual({ owner: "ada" });
    const page = await store.searchRuns({ experimentIds: [experiment?.id ?? ""], lifecycle: "all" });
    const run = page.runs.find(({ name }) => name === "one");
    expect(run).toMatchObject({ status: "FINISHED", endMs: 1_700_000_000_009, tags: { note: "#1" } });
    expect(run?.params).toEqual({ beta: "0.3", text: "two\nlines 'é'" });
    const rmse = (await store.metricHistory(run?.id ?? "", "rmse")).map(({ value }) => value);
    expect(rmse).toEqual([1.5, Number.NaN, Number.NEGATIVE_INFINITY, -0, 0.1]);
    const loss = await store.metricHistory(run?.id ?? "", "loss/train");
    expect(loss).toEqual(
      Array.from({ length: 2500 }, (_, step) => ({ value: step / 3, step, timeMs: 5000 + step * 7 })),
    );
    expect(run?.metrics["rmse"]).toEqual({ value: 0.1, step: 4, timeMs: 1004 });
    expect(run?.inputs).toMatchObject([{ name: "cases", tags: { "mlflow.data.context": "training" } }]);
    expect(page.runs.find(({ name }) => name === "gone")).toMatchObject({ lifecycle: "deleted", parentId: run?.id });
    expect(JSON.stringify(Lineage.of(project, { kind: "run", id: run?.id ?? "" }).graph)).toContain("data/cases.csv");
  });

  it("takes new runs, and can be told from a new one by nothing", async () => {
    const project = storeFrom(dumps[0] ?? "");
    const fresh = findProject(mkdtempSync(join(tmpdir(), "stemma-fresh-")));
    const schema = (of: Project): unknown =>
      openDatabase(of).read("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name");
    expect(schema(project)).toEqual(schema(fresh));
    expect(versionOf(project)).toBe(versionOf(fresh));
    const store = openRuns(project);
    const { id: experimentId } = await store.createExperiment("after");
    const base = { experimentId, user: "ada", startMs: 1, parentId: null, tags: {} };
    const made = await store.createRun({ ...base, name: "new" });
    expect((await store.searchRuns({ experimentIds: [experimentId] })).runs.map(({ id }) => id)).toEqual([made.id]);
  });

  it("is refused, and left as it is, when it is of a newer one", () => {
    const project = storeFrom(dumps[0] ?? "");
    const path = join(project.stemmaFolder, "stemma.db");
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 999");
    database.close();
    expect(() => openDatabase(project)).toThrow(
      /stemma\/stemma\.db was written by a newer Stemma \(schema 999; this one knows \d+\)/,
    );
    const after = new DatabaseSync(path, { readOnly: true });
    expect(after.prepare("PRAGMA user_version").get()).toEqual({ user_version: 999 });
    after.close();
  });
});
