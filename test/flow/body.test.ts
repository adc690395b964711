import { describe, expect, it } from "vitest";
import { type FlowBuilder, flow, type Ref } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();

const one = ({ x }: { x: number }): number => x;

describe("the body of a flow", () => {
  it("names the flow once where a value is used out of its place", () => {
    expect(() =>
      flow("once", { xs: [1] }, (f, p) => {
        let last: Ref<number> | undefined;
        f.map(p.xs, (x) => {
          last = f.step(one, { x });
          return last;
        });
        return f.step(one, { x: last as Ref<number> });
      }),
    ).toThrow(/^flow "once": step one-2: input x is one, made inside the map over xs/);
  });

  it("refuses its params as a whole in a text or JSON, and says what to give", () => {
    const told = "p has no value yet (used in a text or in JSON): the body of flow() runs once to know the graph.";
    expect(() => flow("text", { n: 1 }, (f, p) => f.step(one, { x: Number(`${p}`) }))).toThrow(told);
    expect(() => flow("json", { n: 1 }, (f, p) => f.step(one, { x: JSON.stringify(p).length }))).toThrow(told);
  });

  it("is over when it is over: its builder makes no steps after that", () => {
    let kept: FlowBuilder | undefined;
    flow("over", (f) => {
      kept = f;
      return f.step(one, { x: 1 });
    });
    expect(() => kept?.step(one, { x: 2 })).toThrow(
      'flow "over": its body has ended, and the graph is known. Write all steps in the body itself, not in what is awaited or called later',
    );
    expect(() => kept?.map([1], (x) => x)).toThrow("its body has ended");
    expect(() => kept?.note("late")).toThrow("its body has ended");
  });
});
