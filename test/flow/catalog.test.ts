import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();
mkdirSync("data/raw é", { recursive: true });
writeFileSync("data/raw é/cases.csv", "a,b\n1,2\n");
writeFileSync(
  "catalog.yaml",
  `cases: {path: data/raw é/cases.csv}
"{region}_cases": {path: "data/{region}.csv"}
far: {path: "https://example.org/far.csv"}
old: {path: data/old.csv, rev: v1}
`,
);

const length = ({ cases }: { cases: string }): number => readFileSync(cases, "utf8").length;
const flowOf = (name: string, set: string) => flow(name, {}, (f) => f.step(length, { cases: f.data(set) }));

it("gives a step the file that the catalog names, and runs it again only when its bytes change", async () => {
  const named = flowOf("named", "cases");
  expect((await named.run()).output).toBe(8);
  expect(flowOf("named", "cases").status().steps[0]?.state).toBe("cached");
  expect(named.plan.steps[0]?.inputs).toEqual({ cases: { from: "file", path: "data/raw é/cases.csv" } });
  writeFileSync("data/raw é/cases.csv", "a,b\n1,2\n3,4\n");
  expect(named.status().steps[0]).toMatchObject({ state: "stale", reason: "input data/raw é/cases.csv changed" });
  expect((await named.run()).output).toBe(12);
});

it("fills in the placeholders of a pattern", () => {
  expect(flowOf("filled", "north_cases").plan.steps[0]?.inputs).toEqual({
    cases: { from: "file", path: "data/north.csv" },
  });
});

it("says which name the catalog does not have, and what is not here", () => {
  expect(() => flowOf("wrong", "casess")).toThrow("casess");
  expect(() => flowOf("far", "far")).toThrow(/it is at https:\/\/example.org\/far.csv.*version.load\("far"\)/);
  expect(() => flowOf("old", "old")).toThrow("it is at revision v1");
  expect(() => flowOf("none", "")).toThrow('f.data() got ""');
});
