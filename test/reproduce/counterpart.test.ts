import { describe, expect, it } from "vitest";
import { counterpart } from "../../src/reproduce/counterpart.ts";
import type { RunRecord } from "../../src/track/index.ts";

function run(id: string, facts: Partial<RunRecord> = {}): RunRecord {
  const none = {
    params: {},
    metrics: {},
    tags: {},
    inputs: [],
    user: "ada",
    artifactFolder: "/none",
    endMs: 1,
    parentId: null,
  };
  const head = {
    id,
    name: `generated ${id}`,
    experimentId: "1",
    experiment: "seir",
    status: "FINISHED",
    lifecycle: "active",
  } as const;
  return { ...head, ...none, startMs: 0, ...facts };
}

describe("the run that comes in the place of another", () => {
  it("is the one with its params, or with most of them", () => {
    const original = run("a", { params: { beta: "0.3", who: "ada" } });
    const again = [
      run("x", { params: { beta: "0.2", who: "bob" } }),
      run("y", { params: { beta: "0.3", who: "bob" } }),
    ];
    expect(counterpart(original, { before: [original], again })?.id).toBe("y");
  });

  it("is of its own cell before its params are looked at, and of its own name before all", () => {
    const cell = (count: string): Partial<RunRecord> => ({
      tags: { "stemma.cell.count": count, "stemma.cell.id": "c" },
    });
    const original = run("a", { ...cell("3"), params: { beta: "0.3" } });
    const again = [
      run("x", { ...cell("2"), params: { beta: "0.3" } }),
      run("y", { ...cell("3"), params: { beta: "0.4" } }),
    ];
    expect(counterpart(original, { before: [original], again })?.id).toBe("y");
    const named = { ...original, name: "best" };
    expect(counterpart(named, { before: [named], again: [...again, run("z", { name: "best" })] })?.id).toBe("z");
  });

  it("is the one at its place in a loop, however often the script has run before", () => {
    const before = ["a", "b", "c", "d", "e", "f"].map((id) => run(id));
    const again = ["x", "y", "z"].map((id) => run(id));
    const found = before.map((original) => counterpart(original, { before, again })?.id);
    expect(found).toEqual(["x", "y", "z", "x", "y", "z"]);
  });

  it("is none where none came", () => {
    const original = run("a");
    expect(counterpart(original, { before: [original], again: [] })).toBeNull();
  });
});
