import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { capture, importFinder, runnableText } from "../../src/flow/capture/index.ts";
import { loadStep } from "../../src/flow/run/load-step.ts";

type Fn = (inputs: never) => unknown;
const here = import.meta.dirname;
const values = { objects: here, files: here, folder: here };
const captured = (fn: Fn) => capture(fn, "fit", importFinder(here));

// What a Node that was built without an inspector answers.
const asks = process.getBuiltinModule;
beforeAll(() => {
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((id: string) =>
    /inspector/.test(id) ? undefined : asks(id)) as typeof asks);
});
afterAll(() => vi.restoreAllMocks());

describe("without V8's inspector", () => {
  const script = (text: string): Fn => runInThisContext(text) as Fn;

  it("a function of a script takes helpers, constants and classes along", async () => {
    const fn = script(`
      const blindRate = 3;
      class BlindSum { static of(xs) { return xs.reduce((a, b) => a + b, 0); } }
      function blindScale(x) { return x * blindRate; }
      function blindFit({ xs }) { return BlindSum.of(xs.map((x) => blindScale(x))); }
      blindFit`);
    const step = captured(fn);
    expect(step.problems).toEqual([]);
    expect((await loadStep(runnableText(step), { name: "fit", values }))({ xs: [1, 2] })).toBe(9);
  });

  it("a function whose surroundings are hidden never takes a script's variable of the same name", () => {
    script("var blindUnit = 100;");
    const made = script("(blindUnit) => ({ x }) => x * blindUnit") as unknown as (unit: number) => Fn;
    expect(captured(made(2)).problems).toEqual([
      'step "fit" cannot run by itself: it uses `blindUnit`, which cannot be seen here: this Node was built without an inspector. Give it as an input, or import it in the step with await import(), or mark the step { run: "inline" }.',
    ]);
  });

  it("tells each variable of a module, and the helper on the way to it", () => {
    const rate = 3;
    const fit = ({ x }: { x: number }): number => x * rate + readFileSync.length;
    const problems = captured(fit).problems.join("\n");
    expect(problems).toContain("`rate`, which cannot be seen here");
    expect(problems.split("\n").length).toBeGreaterThan(1);
  });

  it("a name that no script declares is told as unknown", () =>
    expect(captured(script("function blindLost() { return blindNowhere; }\nblindLost")).problems).toEqual([
      'step "fit" uses blindNowhere, which is not defined. Run the cell that declares it before this one.',
    ]));
});
