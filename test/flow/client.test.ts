import { existsSync, rmSync, writeFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { flow, GoneValueError, type StepContext } from "../../src/flow/index.ts";
import { findProject } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const project = findProject(inProject());

const load = ({ n }: { n: number }): number[] => Array.from({ length: n }, (_, i) => i);
const fit = ({ x }: { x: number }, ctx: StepContext): { x: number; y: Float64Array } => {
  ctx.log(`fits ${x}`);
  ctx.card.markdown(`**${x}** is fitted`);
  return { x, y: Float64Array.of(x, x * x) };
};
const pick = ({ fits }: { fits: { x: number }[] }): number => Math.max(-1, ...fits.map(({ x }) => x));

const flowOf = (name: string) =>
  flow(name, { n: 3 }, (f, p) => {
    const xs = f.step(load, { n: p.n });
    return f.step(pick, { fits: f.map(xs, (x) => f.step(fit, { x })) });
  });

describe("a kept run", () => {
  it("tells each task's input, output, log, seed and card, also of those that were cached", async () => {
    const small = flowOf("small");
    const first = await small.run();
    const again = await small.run();
    for (const { id } of [first, again]) {
      const run = flow.run(id);
      expect(run).toMatchObject({ flow: "small", state: "done", params: { n: 3 }, error: null, origin: null });
      expect(await run.output).toBe(2);
      const task = run.step("fit").tasks[2];
      expect(await task?.input).toEqual({ x: 2 });
      expect(await task?.output).toEqual({ x: 2, y: Float64Array.of(2, 4) });
      expect(task?.log).toBe("fits 2\n");
      expect(task?.card?.parts).toEqual([{ kind: "markdown", text: "**2** is fitted" }]);
      expect(task).toMatchObject({ item: 2, indices: [2], cached: id === again.id });
      expect(await run.step("pick").task?.input).toMatchObject({ fits: [{ x: 0 }, { x: 1 }, { x: 2 }] });
    }
    expect(first.step("fit").task?.seed).toBe(again.step("fit").task?.seed);
  });
});
