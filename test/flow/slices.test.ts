import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { flow, SliceError } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();
beforeEach(() => rmSync("ran.txt", { force: true }));

const ran = (): string =>
  existsSync("ran.txt") ? readFileSync("ran.txt", "utf8").trim().split(" ").toSorted().join(" ") : "";

/** Results are kept by what makes them, whatever the flow: each flow here has numbers of its own. */
const load = ({ n, first }: { n: number; first: number }): number[] => {
  appendFileSync("ran.txt", "load ");
  return Array.from({ length: n }, (_, i) => first + i);
};
const fit = ({ x }: { x: number }): number => {
  appendFileSync("ran.txt", "fit ");
  return x + 1;
};
const plot = ({ fits }: { fits: number[] }): string => {
  appendFileSync("ran.txt", "plot ");
  return fits.join();
};
const report = ({ plot }: { plot: string }): string => {
  appendFileSync("ran.txt", "report ");
  return `of ${plot}`;
};
const side = (_: { first: number }): string => {
  appendFileSync("ran.txt", "side ");
  return "beside";
};

const flowOf = (name: string, first: number) =>
  flow(name, { n: 2, first }, (f, p) => {
    const inline = { run: "inline" } as const;
    const xs = f.step(load, { n: p.n, first: p.first }, inline);
    const fits = f.map(xs, (x) => f.step(fit, { x }, { ...inline, tags: ["train"] }));
    const drawn = f.step(plot, { fits }, { ...inline, tags: ["train", "draw"] });
    return { report: f.step(report, { plot: drawn }, inline), side: f.step(side, { first: p.first }, inline) };
  });

describe("a slice", () => {
  it("to a step runs that and what it needs, and makes no output that it does not", async () => {
    const run = await flowOf("to", 100).run({}, { to: ["fit"] });
    expect(ran()).toBe("fit fit load");
    expect(run.output).toBeUndefined();
    expect(run.status.steps.map(({ step }) => step)).toEqual(["load", "fit"]);
    expect(await run.step("fit").tasks[1]?.output).toBe(102);
  });

  it("from a step takes what is before it from what is kept", async () => {
    const from = flowOf("from", 200);
    await from.run({}, { to: ["fit"] });
    rmSync("ran.txt");
    const run = await from.run({}, { from: ["plot"] });
    expect(ran()).toBe("plot report");
    expect(run.output).toBeUndefined();
    expect(run.step("report").state).toBe("done");
  });

  it("gives the flow's output where it makes it, and only steps with a tag run where one is asked for", async () => {
    const tagged = flowOf("tagged", 300);
    await tagged.run();
    rmSync("ran.txt");
    const whole = await tagged.run({}, { from: ["load", "side"] });
    expect(whole.output).toEqual({ report: "of 301,302", side: "beside" });
    const drawn = await tagged.run({}, { tags: ["draw"] });
    expect(drawn.status.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      "load cached",
      "fit cached",
      "plot cached",
    ]);
  });

  it("says which step it leaves out is not kept, why, and the ways out", async () => {
    const bare = flowOf("bare", 400);
    await expect(bare.run({}, { from: ["fit"] })).rejects.toThrow(
      new SliceError("bare", { step: "load", reason: "never ran" }),
    );
    expect(ran()).toBe("");
    await bare.run();
    await expect(bare.run({ n: 3 }, { from: ["plot"] })).rejects.toThrow("(param n changed). Take it in");
    await expect(bare.run({}, { from: ["fitt"] })).rejects.toThrow(
      'flow "bare" has no step "fitt" (from). Did you mean "fit"? It has load, fit, plot, report, side.',
    );
    await expect(bare.run({}, { form: ["fit"] } as never)).rejects.toThrow('run() has no option "form"');
    await expect(bare.run({}, { from: "fit" } as never)).rejects.toThrow('it takes a list: { from: ["fit"] }');
    await expect(bare.run({}, { tags: ["test"] })).rejects.toThrow('no step has the tag "test" (tags: train, draw)');
    await expect(bare.run({}, { from: ["plot"], to: ["load"] })).rejects.toThrow("no step is left");
  });

  it("takes a loop, a branch and a sub-flow as one", async () => {
    const inline = { run: "inline" } as const;
    const grow = ({ x }: { x: number }): number => x * 2;
    const big = ({ x }: { x: number }): boolean => x > 20;
    const inner = flow("inner", { x: 1 }, (f, p) => f.step(grow, { x: p.x }, inline));
    const shaped = flow("shaped", { start: 3 }, (f, p) => {
      const first = f.use(inner, { x: p.start });
      const last = f.loop(
        first,
        (x) => {
          const next = f.step(grow, { x }, inline);
          return { next, until: f.step(big, { x: next }, inline) };
        },
        { max: 9 },
      );
      const told = f.when(f.step(big, { x: last }, { ...inline, name: "ask" }), {
        true: () => f.step(side, { first: 0 }, inline),
        false: () => f.step(grow, { x: last }, inline),
      });
      return f.step(({ told }: { told: string | number }) => `${told}!`, { told }, { ...inline, name: "end" });
    });
    const first = await shaped.run({}, { to: ["inner"] });
    expect(first.status.steps.map(({ step }) => step)).toEqual(["inner-grow"]);
    const rounds = await shaped.run({}, { from: ["big"], to: ["ask"] });
    expect(rounds.status.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      "inner-grow cached",
      "grow done",
      "big done",
      "ask cached",
    ]);
    const end = await shaped.run({}, { from: ["side", "end"] });
    expect(end.output).toBe("beside!");
  });
});
