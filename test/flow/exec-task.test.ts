import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { definePlan } from "../../src/flow/define-plan.ts";
import { execTask } from "../../src/flow/index.ts";
import { stepCodes } from "../../src/flow/keys/code.ts";
import { openResults } from "../../src/flow/keys/results.ts";
import { plainValue } from "../../src/flow/values/value.ts";
import { findProject } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
const { signal } = new AbortController();

const work = ({ ran, x }: { ran: string; x: number }): number => {
  appendFileSync(ran, "x");
  return x * 2;
};

/** A spec as a cluster's job gets it. */
async function spec(name: string, fresh: boolean): Promise<string> {
  const ran = join(folder, "ran.txt");
  const planned = definePlan("far", {}, (f) => f.step(work, { ran, x: 21 }));
  const code = stepCodes(planned, folder).get("work");
  const step = planned.plan.steps[0];
  const results = openResults(findProject(folder));
  const put = async (value: unknown): Promise<string> => results.putValue(plainValue(value, "value"));
  const path = join(folder, `${name}.json`);
  const context = { flow: "far", step: "work", indices: [], key: "the key", seed: 1, attempt: 1 };
  const inputs = { ran: await put(ran), x: await put(21) };
  const of = { digest: code?.digest, text: await put(code?.runnable) };
  const rest = { context, sources: [], step: { ...step, inputs: {} }, code: of, inputs, env: {}, late: null };
  writeFileSync(path, JSON.stringify({ format: 1, folder, runId: "r", fresh, ...rest }));
  return path;
}

it("a task that was told to run again runs where its result is kept; another one does not", async () => {
  const ran = (): number => readFileSync(join(folder, "ran.txt"), "utf8").length;
  for (const [name, fresh, times] of [
    ["first", false, 1],
    ["kept", false, 1],
    ["again", true, 2],
  ] as const) {
    const { outcome } = await execTask(await spec(name, fresh), { signal });
    expect(outcome).toMatchObject({ state: "done", key: "the key" });
    expect(ran()).toBe(times);
  }
  expect(openResults(findProject(folder)).find("the key")?.text()).toBe("42");
});
