import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { type FlowBody, flow } from "../../src/flow/index.ts";
import { resultBundle } from "../../src/kernel/values/index.ts";
import { inProject } from "./support.ts";

inProject();

const id = ({ x }: { x: unknown }): unknown => x;
const stats = ({ n }: { n: number }): { ok: boolean; mean: number; kind: string; list: number[] } => ({
  ok: n > 0,
  mean: n,
  kind: "a",
  list: [n],
});
// biome-ignore lint/suspicious/noExplicitAny: what the type checker refuses is what is tried here
type Loose = FlowBody<{ n: number; mode: string; xs: number[] }, any>;

const branchOf = (value: unknown): number => (value ? 1 : 2);
const through = (value: unknown): number => branchOf(value);
const addFit = (f: { step(fn: unknown, inputs: object): unknown }, more: { n: unknown; ok?: unknown }): unknown =>
  f.step(id, more.ok === undefined ? { x: more.n } : { x: more.n, ok: more.ok });
const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
const area = (shape: { width: number }): number => shape.width * 2;

/** What a body does with a ref, and what it is told: what was asked, and the way out. */
const misuses: Readonly<Record<string, readonly [body: Loose, told: readonly string[]]>> = {
  arithmetic: [(f, p) => f.step(id, { x: Number(p.n) * 2 }), ["p.n has no value yet", "Do it inside a step"]],
  "a sum": [(f, p) => f.step(id, { x: (p.n as never) + 1 }), ["p.n has no value yet"]],
  "a template": [(f, p) => f.step(id, { x: `${p.mode}!` }), ["p.mode has no value yet", "a text"]],
  JSON: [(f, p) => f.step(id, { x: JSON.stringify({ n: p.n }) }), ["turned into JSON"]],
  if: [
    (f, p) => {
      const s = f.step(stats, { n: p.n });
      if (s.at("ok")) return f.step(id, { x: s });
      return s;
    },
    ['if (s.at("ok"))', 'Use f.when(s.at("ok"), { … })'],
  ],
  "?:": [(f, p) => (p.n ? f.step(id, { x: 1 }) : f.step(id, { x: 2 })), ["asks about p.n", "Use f.when(p.n"]],
  "&&": [(f, p) => p.n && f.step(id, { x: 1 }), ["asks about p.n"]],
  "||": [(f, p) => f.step(id, { x: p.n || 1 }), ["asks about p.n"]],
  "??": [(f, { n }) => f.step(id, { x: n ?? 1 }), ["asks about n"]],
  "!": [({ step }, p) => step(id, { x: !step(stats, { n: p.n }) }), ["asks about step(stats", "Decide inside a step"]],
  "===": [(f, p) => f.step(id, { x: (p.mode as unknown) === "fast" }), ["asks about p.mode"]],
  "<": [(f, p) => f.step(id, { x: (p.n as never) < 3 }), ["asks about p.n"]],
  switch: [
    (f, p) => {
      const s = f.step(stats, { n: p.n });
      switch (s.at("kind") as never) {
        default:
          return s;
      }
    },
    ['asks about s.at("kind")', "f.when("],
  ],
  "for..of": [
    (f, p) => {
      const all = [];
      for (const x of p.xs as never as number[]) all.push(f.step(id, { x }));
      return all;
    },
    ["asks about p.xs", "Use f.map(p.xs"],
  ],
  while: [
    (f, p) => {
      const s = f.step(stats, { n: p.n });
      while (s.at("ok")) f.step(id, { x: s });
      return s;
    },
    ["asks about s", "Use f.loop()"],
  ],
  "the spread of a list": [(f, p) => f.step(id, { x: [...(p.xs as never as number[])] }), ["asks about p.xs"]],
  "the spread of a record": [(f, p) => f.step(id, { x: { ...f.step(stats, { n: p.n }) } }), ["as a whole, or a part"]],
  "a part without at()": [
    (f, p) => f.step(id, { x: (f.step(stats, { n: p.n }) as never as { mean: number }).mean }),
    ["stats.mean is read", 'Write stats.at("mean")'],
  ],
  "a plain function that counts": [(f, p) => f.step(id, { x: mean(p.xs as never) }), ["p.xs.reduce is read"]],
  "a plain function that reads": [
    (f, p) => f.step(id, { x: area(p.n as never) }),
    ["p.n.width is read", "inside a step"],
  ],
  "Object.entries": [(f, p) => f.step(id, { x: Object.entries(p.n) }), ["its fields are read or copied"]],
  typeof: [(f, p) => f.step(id, { x: typeof p.n }), ["asks about p.n"]],
  "!=": [(f, p) => f.step(id, { x: (p.n as unknown) != null }), ["asks about p.n"]],
  ">": [(f, p) => f.step(id, { x: (p.n as never) > 3 }), ["asks about p.n"]],
  in: [(f, p) => f.step(id, { x: "a" in p.n }), ["asks about p.n"]],
  instanceof: [(f, p) => f.step(id, { x: (p.n as object) instanceof Date }), ["asks about p.n"]],
  "??=": [
    (f, p) => {
      let n: unknown = p.n;
      n ??= 1;
      return f.step(id, { x: n });
    },
    ["asks about n"],
  ],
  "for..in": [
    (f, p) => {
      for (const x in p.xs) f.step(id, { x });
      return f.step(id, { x: 1 });
    },
    ["asks about p.xs", "Use f.map(p.xs"],
  ],
  "for(;;)": [
    (f, p) => {
      for (; p.n; ) f.step(id, { x: 1 });
      return f.step(id, { x: 1 });
    },
    ["asks about p.n"],
  ],
  "do..while": [
    (f, p) => {
      do f.step(id, { x: 1 });
      while (p.n);
      return p.n;
    },
    ["asks about p.n", "Use f.loop()"],
  ],
  "the spread of arguments": [(f, p) => f.note(...(p.xs as never as [string])), ["asks about p.xs"]],
  "writing to it": [
    (f, p) => {
      const s = f.step(stats, { n: p.n }) as never as { mean: number };
      s.mean = 3;
      return s;
    },
    ["stats.mean is written"],
  ],
  "a ref in a list that is asked about": [
    (f, p) => {
      const made = { s: f.step(stats, { n: p.n }) };
      return made.s ? 1 : 2;
    },
    ["asks about made.s"],
  ],
  "a step of another flow": [
    (f) => {
      let other: unknown;
      flow("other", {}, (g) => {
        other = g.step(id, { x: 1 });
      });
      return f.step(id, { x: other });
    },
    ["is id of another flow", "f.use(thatFlow)"],
  ],
  "a name that the params were taken apart to": [
    (f, p) => {
      const { n } = p;
      return n ? f.step(id, { x: 1 }) : f.step(id, { x: 2 });
    },
    ["n ? … : … asks about n"],
  ],
  "a name that is given to it later": [
    (f, p) => {
      let n: unknown = 1;
      n = p.n;
      const q = p;
      if (n) f.step(id, { x: q.mode });
      return f.step(id, { x: 2 });
    },
    ["if (n) asks about n"],
  ],
  "a list that was made by a callback": [
    (f) => {
      const all = [1, 2].map((n) => f.step(stats, { n }));
      for (const one of all) if (one) f.note("one");
      return all[0] ? 1 : 2;
    },
    ["if (one) asks about one", "all[0] ? … : …"],
  ],
  "Boolean()": [(f, p) => f.step(id, { x: Boolean(p.n) }), ["Boolean(p.n) asks about p.n"]],
  "Array.isArray()": [(f, p) => f.step(id, { x: Array.isArray(p.xs) }), ["Array.isArray(p.xs) asks about p.xs"]],
  "Object.keys()": [(f, p) => f.step(id, { x: Object.keys(p.xs) }), ["Object.keys(p.xs) asks about p.xs"]],
  "a look into a map": [(f, p) => f.step(id, { x: new Map([["a", 1]]).get(p.mode as never) }), ["asks about p.mode"]],
  "a look into a list": [(f, p) => f.step(id, { x: [1, 2].includes(p.n as never) }), ["[1, 2].includes(p.n)"]],
  "a function that the body declares": [
    (f, p) => {
      const half = (value: unknown): unknown => (value ? f.step(id, { x: value }) : 1);
      return half(p.n);
    },
    ["value ? … : … asks about value"],
  ],
  "a function from outside": [(f, p) => f.step(id, { x: branchOf(p.n) }), ["in branchOf() asks about value"]],
  "a function that such a function calls": [(f, p) => f.step(id, { x: through(p.n) }), ["in branchOf() asks"]],
  "a method of lists": [
    (f, p) => (p.xs as never as number[]).map((x) => f.step(id, { x })),
    ["p.xs.map is read", "Go through it by f.map(p.xs, (item) => …)"],
  ],
  "an index": [(f, p) => f.step(id, { x: (p.xs as never as number[])[0] }), ["p.xs[0] is read", "Write p.xs.at(0)"]],
  "a pattern of a list": [
    (f, p) => {
      const [first] = p.xs as never as number[];
      return f.step(id, { x: first });
    },
    ["taken apart", ".at(0) is its first part"],
  ],
  "a step's function that is given to f.map()": [
    (f, p) => f.map(p.xs, id as never),
    ['Write item.at("x")', "f.map(list, (item) => f.step(fn, { item }))"],
  ],
  "a Map as an input": [(f, p) => f.step(id, { x: new Map([["a", p.n]]) }), ["input x is a Map with p.n in it"]],
  "an async callback": [(f, p) => f.map(p.xs, async (x) => f.step(id, { x })), ["the function in f.map() is async"]],
  "inputs that are a ref": [(f, p) => f.step(id, p.n as never), ["inputs are a record by name", "not p.n itself"]],
  "a param that is written": [
    (f, p) => {
      (p as { n: unknown }).n = 3;
      return f.step(id, { x: p.n });
    },
    ["its param n is written; run({ n: … })"],
  ],
  "a near name of a param": [(f, p) => f.step(id, { x: (p as never as { mod: 1 }).mod }), ['Did you mean "mode"?']],
  "an async body": [(async (f) => f.step(id, { x: 1 })) as Loose, ["its body is async"]],
};

describe("a ref that is used as if it were its value", () => {
  it.each(Object.entries(misuses))("is found in %s, with the way out", (_, [body, told]) => {
    const define = (): unknown => flow("misuse", { n: 1, mode: "fast", xs: [1, 2] }, body);
    for (const words of told) expect(define).toThrow(words);
  });

  it("leaves names alone that only look like those of refs", async () => {
    const looks = flow("looks", { n: 4, xs: [1] }, (f, p) => {
      const n = f.step(id as (inputs: { x: number }) => number, { x: p.n });
      const kept = [1, 2].filter((n) => n > 1).map((x) => f.step(id, { x }));
      for (let n = 0; n < 1; n++) kept.push(f.step(id, { x: n }));
      const big = f.step(({ n }: { n: number }) => (n > 3 ? "big" : "small"), { n });
      const both = addFit(f as never, { n, ok: p.xs });
      return [big, kept, both];
    });
    expect((await looks.run()).output).toEqual(["big", [2, 0], 4]);
  });

  it("lets a body do all that needs no value", async () => {
    const pair = <A, B>(a: A, b: B): { a: A; b: B } => ({ a, b });
    const fine = flow("fine", { n: 1, xs: [1, 2], wide: true }, plainBody as Loose as never);
    function plainBody(f: Parameters<FlowBody<object, unknown>>[0], p: { n: unknown; xs: unknown }): unknown {
      const steps = [1, 2].map((x) => f.step(id, { x }));
      const both = pair(p.n, steps[0]);
      if (steps.length > 1 && both !== undefined) f.note("two");
      return { ...both, list: [...steps, p.xs] };
    }
    expect((await fine.run()).output).toEqual({ a: 1, b: 1, list: [1, 2, [1, 2]] });
  });

  it("is drawn as what it stands for, as the last expression of a cell too", async () => {
    const refs: object[] = [];
    flow("shown", { n: { of: 1 } }, (f, p) => {
      refs.push(p.n.at("of"), f.step(id, { x: 1 }));
      return null;
    });
    expect(refs.map((ref) => inspect(ref))).toEqual(["Ref(p.n.of)", "Ref(id)"]);
    const drawn = await Promise.all(refs.map((ref) => resultBundle(ref)));
    expect(drawn.map((bundle) => bundle["text/plain"])).toEqual([
      "Ref(p.n.of): stands for a value that is there when the flow runs",
      "Ref(id): stands for a value that is there when the flow runs",
    ]);
  });
});
