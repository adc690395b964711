import { describe, expect, it } from "vitest";
import { definePlan, flow, plainStep } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();

const id = ({ x }: { x: number }): number => x;
const make = (): { ok: boolean; n: number } => ({ ok: true, n: 1 });

describe("the plan of a flow", () => {
  it("is one JSON record, with the functions beside it", () => {
    const { plan, functions } = definePlan("fit", { betas: [1, 2] }, (f, p) =>
      f.map(p.betas, (beta) => f.step(id, { x: beta }, { retry: { attempts: 2, wait: "1s" }, timeout: "5m" }), {
        max: 4,
      }),
    );
    expect(JSON.parse(JSON.stringify(plan))).toEqual({
      format: 1,
      name: "fit",
      params: { betas: [1, 2] },
      steps: [
        {
          ...plainStep,
          id: "id",
          name: "id",
          inputs: { x: { from: "item", map: "betas", path: [] } },
          maps: ["betas"],
          retry: { attempts: 2, waitMs: 1000, backoff: 1 },
          timeoutMs: 300_000,
        },
      ],
      maps: [{ id: "betas", over: { from: "param", param: "betas", path: [] }, maps: [], when: [], max: 4 }],
      loops: [],
      whens: [],
      notes: [],
      schedule: null,
      tags: {},
      project: null,
      output: { from: "step", step: "id", path: [] },
    });
    expect([...functions]).toEqual([["id", id]]);
  });

  it("needs no params", async () => {
    const made = flow("plain", (f) => f.step(id, { x: 2 }));
    expect([made.plan.params, (await made.run()).output]).toEqual([{}, 2]);
    expect(definePlan("plain", (f) => f.step(id, { x: 2 })).plan).toEqual(made.plan);
    expect(() => flow("none", { n: 1 } as never)).toThrow('flow "none" has no body; write flow(name, params, (f, p)');
  });

  it("numbers a function that is used again", () =>
    expect(
      definePlan("two", {}, (f) => [f.step(id, { x: 1 }), f.step(id, { x: 2 })]).plan.steps.map((s) => s.id),
    ).toEqual(["id", "id-2"]));

  it("keeps letters of any script in the id of a step, in one form", () => {
    const größe = (): number => 1;
    const { plan } = definePlan("ids", {}, (f) => [
      f.step(größe, {}),
      f.step(größe, {}, { name: "gro\u0308ße" }),
      f.step(größe, {}, { name: "合計 / सीमा" }),
      f.step(größe, {}, { name: "a b/c:d" }),
      f.step(größe, {}, { name: "🙂" }),
    ]);
    expect(plan.steps.map((step) => step.id)).toEqual(["größe", "größe-2", "合計_सीमा", "a_b_c_d", "_"]);
  });

  it("refuses a ref in if, ?:, &&, !, === and switch, and shows where", () => {
    const bad = () =>
      definePlan("bad", { n: 1 }, (f, p) => {
        const made = f.step(make, {});
        if (made.at("ok")) f.step(id, { x: 1 });
        const x = p.n ? 1 : 2;
        const both = made && x;
        const none = !made || (p.n as never) === 2;
        switch (made.at("n") as never) {
          case 1:
            break;
        }
        return [f.step(id, { x: x }), both, none];
      });
    expect(bad).toThrow(/if \(made\.at\("ok"\)\).* asks about made\.at\("ok"\), which has no value yet/);
    expect(bad).toThrow(/asks about p\.n/);
    expect(bad).toThrow(/made && x asks about made/);
    expect(bad).toThrow(/!made/);
    expect(bad).toThrow(/p\.n === 2/);
    expect(bad).toThrow(/switch/);
  });

  it.each([
    ["arithmetic", (n: never) => n + 1],
    ["a template", (n: never) => `${n}`],
    ["JSON", (n: never) => JSON.stringify({ n })],
    ["a spread", (n: never) => [...(n as number[])]],
  ])("refuses %s with a ref", (_, use) =>
    expect(() => definePlan("bad", { n: 1 }, (f, p) => f.step(id, { x: use(p.n as never) as never }))).toThrow(
      / has no value yet/,
    ),
  );

  it("refuses a ref of a map's inside, outside of it", () =>
    expect(() =>
      definePlan("leak", { xs: [1] }, (f, p) => {
        let last = f.step(id, { x: 0 });
        f.map(p.xs, (x) => {
          last = f.step(id, { x });
          return last;
        });
        return f.step(id, { x: last });
      }),
    ).toThrow("made inside the map over xs and used outside it"));

  it("names a param that is not there, and those that are", () =>
    expect(() =>
      definePlan("p", { beta: 1 }, (f, p) => f.step(id, { x: (p as unknown as { bta: never }).bta })),
    ).toThrow('flow "p": it has no param "bta" (params: beta)'));

  it("refuses params that are no JSON, by path", () => {
    expect(() => flow("p", { start: new Date(0) }, (f) => f.step(make, {}))).toThrow(
      'flow "p": params.start is a Date',
    );
    expect(() => flow("p", { a: { b: Number.NaN } }, (f) => f.step(make, {}))).toThrow('flow "p": params.a.b is NaN');
    expect(() => flow("p", { a: new URL("http://x.y") }, (f) => f.step(make, {}))).toThrow(
      "params.a is an instance of URL",
    );
  });

  it("refuses a flow without steps, a step that is no function, a wrong duration", () => {
    expect(() => flow("none", {}, () => 1)).toThrow('flow "none": it has no step');
    expect(() => flow("no", {}, (f) => f.step("x" as never, {}))).toThrow(
      'f.step() got "x" first; write f.step(fn, inputs, { name: "x" })',
    );
    expect(() => flow("no", {}, (f) => f.step(id, { x: 1 }, { timeout: "5 minutes" }))).toThrow(
      'timeout is "5 minutes"',
    );
  });

  it("refuses steps that cannot stand alone when it is defined, all at once", () => {
    const socket = new EventTarget();
    const a = () => socket.dispatchEvent(new Event("a"));
    const b = () => [socket];
    expect(() => flow("live", {}, (f) => [f.step(a, {}), f.step(b, {})])).toThrow(
      /step "a".*`socket`(?:.|\n)*step "b".*`socket`/,
    );
  });
});
