import { describe, expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();

const inline = { run: "inline" } as const;
const kinds: Readonly<Record<string, readonly [value: unknown, words: string]>> = {
  Float64Array: [Float64Array.of(1, 2, 3), "a Float64Array(3)"],
  "a long Float64Array": [new Float64Array(10_000), "a Float64Array"],
  Uint8ClampedArray: [Uint8ClampedArray.of(1, 2), "a Uint8ClampedArray(2)"],
  Set: [new Set(["a", "b"]), "a Set(2)"],
  Map: [new Map([["a", 1]]), "a Map(1)"],
};

describe("f.map() over what is no list", () => {
  it.each(Object.entries(kinds))("says how a %s of a step becomes one", async (_, [value, words]) => {
    const give = (): { id: unknown } => ({ id: value });
    const take = ({ x }: { x: unknown }): unknown => x;
    const wrong = flow("wrong", {}, (f) =>
      f.map(f.step(give, {}, inline).at("id") as never, (x) => f.step(take, { x }, inline)),
    );
    await expect(wrong.run()).rejects.toThrow(
      `f.map() goes over a list, and give.id is ${words}. Make it one: Array.from(…)`,
    );
  });

  it.each(Object.entries(kinds))("says how a %s of the notebook becomes one", (_, [value, words]) => {
    const take = ({ x }: { x: unknown }): unknown => x;
    expect(() => flow("wrong", {}, (f) => f.map(value as never, (x) => f.step(take, { x })))).toThrow(
      `flow "wrong": f.map() goes over a list, not over ${words}. Make it one: Array.from(…)`,
    );
  });

  it("goes over Array.from() of a typed array", async () => {
    const take = ({ x }: { x: number }): number => x * 2;
    const right = flow("right", {}, (f) =>
      f.map(Array.from(Float64Array.of(1, Number.NaN)), (x) => f.step(take, { x }, inline)),
    );
    expect((await right.run()).output).toEqual([2, Number.NaN]);
  });
});

describe("the inputs of a step that failed", () => {
  it("are shown as a reader would write them, in a run and in only()", async () => {
    const inputs = {
      short: Float64Array.of(1, 2),
      long: new Float64Array(10_000),
      when: { at: new Date(0), big: 5n, "ü b": [undefined, Number.NaN, /a+/g] },
      many: Array.from({ length: 1000 }, (_, i) => i),
    };
    const fail = (_: typeof inputs): never => {
      throw new Error("no");
    };
    const failing = flow("failing", {}, (f) => f.step(fail, inputs, inline));
    const shown = [
      "inputs: { short: Float64Array(2)",
      "long: Float64Array",
      'when: {"at":Date 1970-01-01T00:00:00.000Z,"big":5n,"ü b":[undefined,NaN,/a+/g]}',
      "many: [0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,…] }",
    ].join(", ");
    await expect(failing.run()).rejects.toThrow(shown);
    await expect(failing.only("fail", { from: failing.runs()[0] ?? "" })).rejects.toThrow(shown);
  });
});
