import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  type Activity,
  closeActivity,
  currentActivity,
  type Entity,
  lineageOf,
  openActivity,
  recordFacts,
  recordPart,
  within,
} from "../../src/lineage/index.ts";
import { findProject, type Project } from "../../src/store/index.ts";

const run = (id: string): Activity => ({ kind: "run", id });
const data = (path: string, md5: string): Entity => ({ kind: "data", path, md5, bytes: 14 });

let project: Project;
beforeEach(() => {
  project = findProject(mkdtempSync(join(tmpdir(), "stemma-lineage-")));
});

function used(activity: Activity, entity: Entity): void {
  recordFacts(project, [{ activity, verb: "used", entity, timeMs: 1 }]);
}

function made(activity: Activity, entity: Entity): void {
  recordFacts(project, [{ activity, verb: "made", entity, timeMs: 2 }]);
}

const ids = (graph: ReturnType<typeof lineageOf>): readonly string[] => graph.nodes.map(({ id }) => id).sort();

describe("lineageOf", () => {
  it("leads from the data that a run used, over the run, to what came of its artifact", () => {
    const fit: Entity = { kind: "artifact", run: "a", path: "fit.json" };
    used(run("a"), data("cases.csv", "1"));
    made(run("a"), fit);
    used(run("b"), fit);
    expect(lineageOf(project, run("a"))).toEqual({
      nodes: [
        { id: "run:a", of: run("a") },
        { id: "artifact:a/fit.json", of: fit },
        { id: "run:b", of: run("b") },
        { id: "data:cases.csv@1", of: data("cases.csv", "1") },
      ],
      edges: [
        { from: "run:a", to: "artifact:a/fit.json" },
        { from: "artifact:a/fit.json", to: "run:b" },
        { from: "data:cases.csv@1", to: "run:a" },
      ],
    });
  });

  it("leaves out a run that merely used the same data", () => {
    used(run("a"), data("cases.csv", "1"));
    used(run("b"), data("cases.csv", "1"));
    expect(ids(lineageOf(project, run("a")))).toEqual(["data:cases.csv@1", "run:a"]);
    expect(ids(lineageOf(project, data("cases.csv", "1")))).toEqual(["data:cases.csv@1", "run:a", "run:b"]);
  });

  it("shows the same path with two contents as two nodes", () => {
    used(run("a"), data("cases.csv", "1"));
    used(run("a"), data("cases.csv", "2"));
    expect(ids(lineageOf(project, run("a")))).toEqual(["data:cases.csv@1", "data:cases.csv@2", "run:a"]);
  });

  it("includes what the nested runs of a run used and made", () => {
    recordPart(project, run("child"), run("parent"));
    used(run("child"), data("cases.csv", "1"));
    expect(lineageOf(project, run("parent")).edges).toEqual([
      { from: "run:parent", to: "run:child" },
      { from: "data:cases.csv@1", to: "run:child" },
    ]);
  });

  it("stops at the depth that was asked for, and at cycles", () => {
    made(run("a"), data("x", "1"));
    used(run("b"), data("x", "1"));
    made(run("b"), data("x", "2"));
    used(run("a"), data("x", "2"));
    expect(ids(lineageOf(project, run("a"), 1))).toEqual(["data:x@1", "data:x@2", "run:a"]);
    expect(ids(lineageOf(project, run("a")))).toEqual(["data:x@1", "data:x@2", "run:a", "run:b"]);
  });

  it("gives the root alone where nothing is known of it, without making a store", () => {
    expect(ids(lineageOf(project, run("a")))).toEqual(["run:a"]);
    expect(ids(lineageOf(project, null))).toEqual([]);
  });

  it("gives every fact without a root", () => {
    used(run("a"), data("x", "1"));
    used(run("b"), data("y", "1"));
    expect(ids(lineageOf(project, null))).toEqual(["data:x@1", "data:y@1", "run:a", "run:b"]);
  });

  it("keeps a notebook of the project by its path in it", () => {
    made({ kind: "cell", notebook: join(project.root, "lab", "grippe über.ipynb"), cell: "c1" }, data("x", "1"));
    expect(ids(lineageOf(project, null))).toContain("cell:lab/grippe über.ipynb#c1");
  });
});

describe("the current activity", () => {
  it("is that of the innermost callback, also after an await", async () => {
    const seen = await within(run("a"), async () => {
      await Promise.resolve();
      return [currentActivity(), within(run("b"), () => currentActivity()), currentActivity()];
    });
    expect(seen).toEqual([run("a"), run("b"), run("a")]);
    expect(currentActivity()).toBeNull();
  });

  it("is the one opened last, until that is closed", () => {
    openActivity(run("a"));
    openActivity(run("b"));
    expect(currentActivity()).toEqual(run("b"));
    closeActivity(run("b"));
    expect(currentActivity()).toEqual(run("a"));
    closeActivity(run("a"));
    expect(currentActivity()).toBeNull();
  });
});
