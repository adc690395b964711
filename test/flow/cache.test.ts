import { chmodSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();

const read = ({ path }: { path: string }): string => readFileSync(path, "utf8");
const times = ({ x, by }: { x: number; by: number }): number => x * by;
const size = ({ text }: { text: string }): number => text.length;

/** A step as a cell makes it: its text, and what stands around it. */
function step(text: string, outside: object = {}): (inputs: { x: number }) => number {
  return new Function(...Object.keys(outside), `return (${text})`)(...Object.values(outside));
}
const flowOf = (fn: (inputs: { x: number }) => number, name: string) =>
  flow(name, { x: 1 }, (f, p) => f.step(fn, { x: p.x }));
const reason = (of: { status(): { steps: readonly { state: string; reason: string }[] } }) => {
  const [{ state, reason } = { state: "", reason: "" }] = of.status().steps;
  return `${state}: ${reason}`;
};

describe("why a step runs", () => {
  it("says that it never ran, and then since when its result is kept", async () => {
    const first = flowOf(step("function one({ x }) { return x }"), "first");
    expect(reason(first)).toBe("stale: never ran");
    await first.run();
    expect(reason(first)).toMatch(/^cached: same code and inputs as on \d+ [A-Z]\w+, \d\d:\d\d$/);
  });

  it("keeps the result when only comments, layout or the cell of a helper change", async () => {
    const help = (x: number): number => x + 1;
    await flowOf(step("function s({ x }) { return help(x); }", { help }), "layout").run();
    const moved = step("function s({x}) { /* the same */\n  return exports.help(x) }", {
      exports: { __esModule: true, help },
    });
    expect(reason(flowOf(moved, "layout"))).toMatch(/^cached/);
  });

  it.each([
    ["code of s", { text: "function s({ x }) { return help(x) * rate + 1 }" }],
    ["helper help()", { outside: { help: (x: number) => x - 1 } }],
    ["constant rate", { outside: { rate: 3 } }],
  ])("says that %s changed", async (what, { text, outside: change }: { text?: string; outside?: object }) => {
    const outside = { help: (x: number) => x + 1, rate: 2 };
    const before = "function s({ x }) { return help(x) * rate }";
    await flowOf(step(before, outside), what).run();
    expect(reason(flowOf(step(text ?? before, { ...outside, ...change }), what))).toBe(`stale: ${what} changed`);
  });

  it("says which param, which file and which result changed", async () => {
    writeFileSync("cases.csv", "1,2");
    const parts = flow("parts", { by: 2 }, (f, p) => {
      const text = f.step(read, { path: f.file("cases.csv") });
      return f.step(times, { x: f.step(size, { text }), by: p.by });
    });
    await parts.run();
    expect(parts.status({ by: 3 }).steps.map((s) => s.reason)[2]).toBe("param by changed");
    writeFileSync("cases.csv", "1,2,3");
    expect(parts.status().steps.map((s) => s.reason)).toEqual([
      "input cases.csv changed",
      "read runs first",
      "size runs first",
    ]);
    expect((await parts.run()).status.steps.map((s) => s.reason)).toEqual([
      "input cases.csv changed",
      "result of read changed",
      "result of size changed",
    ]);
  });

  it("goes no further than the step whose result stayed the same", async () => {
    writeFileSync("same.csv", "aaa");
    const early = flow("early", {}, (f) =>
      f.step(times, { x: f.step(size, { text: f.step(read, { path: f.file("same.csv") }) }), by: 2 }),
    );
    await early.run();
    writeFileSync("same.csv", "bbb");
    expect((await early.run()).status.steps.map((s) => s.state)).toEqual(["done", "done", "cached"]);
  });

  it("runs a step with cache: false each time, and one that uses a live value too", async () => {
    const socket = new EventTarget();
    const live = (): string => socket.constructor.name;
    const both = flow("live", {}, (f) => [f.step(() => 1, {}, { cache: false }), f.step(live, {}, { run: "inline" })]);
    await both.run();
    expect((await both.run()).status.steps.map((s) => s.reason)).toEqual([
      "runs each time (cache: false)",
      "runs each time: it uses `socket`, which is an instance of EventTarget",
    ]);
  });

  it("runs only the new item of a list that grew", async () => {
    const grow = flow("grow", { xs: [1, 2] }, (f, p) => f.map(p.xs, (x) => f.step(times, { x, by: 7 })));
    await grow.run();
    expect(grow.status({ xs: [1, 2, 3] }).steps[0]).toMatchObject({ state: "stale", cached: 2, total: 3 });
    expect((await grow.run({ xs: [3, 1, 2] })).status.steps[0]).toMatchObject({ cached: 2, done: 3 });
  });
});

describe("kept results", () => {
  const big = ({ n }: { n: number }): Float64Array => new Float64Array(n).fill(-0);

  it("are files beside the database when they are large, and come back bit for bit", async () => {
    const large = flow("large", { n: 20_000 }, (f, p) => f.step(big, { n: p.n }));
    expect((await large.run()).output).toStrictEqual(new Float64Array(20_000).fill(-0));
    const again = await large.run();
    expect(again.status.steps[0]?.state).toBe("cached");
    expect(again.output).toStrictEqual(new Float64Array(20_000).fill(-0));
  });

  it("run again when their file is gone", async () => {
    const large = flow("gone", { n: 30_000 }, (f, p) => f.step(big, { n: p.n }));
    await large.run();
    const objects = join(folder, "stemma", "objects");
    for (const name of readdirSync(objects, { recursive: true, encoding: "utf8" })) {
      if (/[0-9a-f]{30}$/.test(name)) rmSync(join(objects, name), { force: true });
    }
    expect(large.status().steps[0]?.reason).toBe("its result is gone");
    expect((await large.run()).output.length).toBe(30_000);
  });

  const flip = (change: (path: string) => void): void => {
    const objects = join(folder, "stemma", "objects");
    for (const name of readdirSync(objects, { recursive: true, encoding: "utf8" })) {
      if (!/[0-9a-f]{30}$/.test(name)) continue;
      const path = join(objects, name);
      const { atime, mtime } = statSync(path);
      const bytes = readFileSync(path);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      chmodSync(path, 0o644);
      writeFileSync(path, bytes);
      utimesSync(path, atime, mtime);
      change(path);
    }
  };
  const count = ({ list }: { list: Float64Array }): number => list.length;
  const counts = (name: string) =>
    flow(name, { n: 40_000 }, (f, p) => f.step(count, { list: f.step(big, { n: p.n }) }, { cache: false }));

  it("run again when somebody changed a bit of their file", async () => {
    const large = counts("changed");
    await large.run();
    flip((path) => utimesSync(path, new Date(), new Date()));
    expect(large.status().steps[0]?.reason).toBe("its result is gone");
    const run = await large.run();
    expect(run.output).toBe(40_000);
    expect(run.status.steps[0]?.state).toBe("done");
  });

  it("are made again in the same run when a bit of their file has turned by itself, one that needs another too", async () => {
    const text = ({ n }: { n: number }): string => "long ".repeat(n);
    const more = ({ text }: { text: string }): string => `${text}!`;
    const list = ({ text }: { text: string }): string[] => [text, text];
    const turned = flow("turned", {}, (f) => {
      const longer = f.step(more, { text: f.step(text, { n: 20_000 }) }, { run: "inline" });
      const both = f.step(list, { text: longer }, { run: "inline" });
      return f.map(both, (one) => f.step(size, { text: one }, { cache: false, retry: { attempts: 2, wait: "1h" } }));
    });
    const { output } = await turned.run();
    expect(output).toEqual([100_001, 100_001]);
    flip(() => {});
    const again = await turned.run();
    expect(again.output).toStrictEqual(output);
    expect(again.status.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      ...["text done", "more done", "list done", "size done"],
    ]);
    expect((await turned.run()).output).toStrictEqual(output);
  });

  it("are copies: a step cannot change what the next one gets", async () => {
    const make = (): number[] => [1, 2];
    const spoil = ({ list }: { list: number[] }): number => list.push(3);
    const see = ({ list, n }: { list: number[]; n: number }): number[] => [...list, n];
    const copies = flow("copies", {}, (f) => {
      const list = f.step(make, {}, { run: "inline" });
      return f.step(see, { list, n: f.step(spoil, { list }, { run: "inline" }) }, { run: "inline" });
    });
    expect((await copies.run()).output).toEqual([1, 2, 3]);
  });
});
