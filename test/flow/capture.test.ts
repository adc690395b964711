import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import * as aq from "arquero";
import { table as make, op } from "arquero";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { capture, importFinder, moduleText, runnableText } from "../../src/flow/capture/index.ts";
import { loadStep } from "../../src/flow/run/load-step.ts";
import { Counter, counted } from "./fixtures/counter.ts";
import { grow } from "./fixtures/model.ts";

const here = path.dirname(fileURLToPath(import.meta.url));
const values = { objects: path.join(here, "none"), files: path.join(here, "none"), folder: here };
type Fn = (inputs: never) => unknown;

const captured = (fn: Fn) => capture(fn, "fit", importFinder(here));
async function standing(fn: Fn, inputs: unknown): Promise<unknown> {
  const step = captured(fn);
  expect(step.problems).toEqual([]);
  return (await loadStep(runnableText(step), { name: "fit", values }))(inputs);
}

const rate = 3;
const config = { rates: [1, 2], since: new Date(0), kinds: new Set(["a"]), lookup: new Map([["k", -0]]) };
const tools = { double: (x: number) => x * 2, triple: (x: number) => x * rate, label: "t" };
function scaled(x: number): number {
  return x * rate;
}
function even(n: number): boolean {
  return n === 0 ? true : odd(n - 1);
}
function odd(n: number): boolean {
  return n === 0 ? false : even(n - 1);
}
class Shape {
  #side: number;
  constructor(side: number) {
    this.#side = side;
  }
  area(): number {
    return this.#side * scaled(1);
  }
}
class Square extends Shape {}
class Twice extends Counter {}

// Of the names of what they take along.
function from(): number {
  return aq.from([{ x: 1 }, { x: 2 }]).numRows();
}
const geometry = { area: (side: number): number => side * side };
function area({ side }: { side: number }): number {
  return geometry.area(side);
}
function outer({ side }: { side: number }): number {
  return area({ side }) + geometry.area(side);
}
const makers = { Object: (side: number) => ({ side }), parts: { double: (x: number) => x * 2 } };
const counting = Object.assign((x: number) => x + 1, { by: 2 });

describe("capture", () => {
  it("takes along what has the step's name or a helper's, under another one", async () => {
    expect(await standing(from, {})).toBe(2);
    expect(await standing(area, { side: 3 })).toBe(9);
    expect(await standing(outer, { side: 3 })).toBe(18);
    const fetch = ({ x }: { x: number }): string => `${typeof globalThis.fetch} ${tools.double(x)}`;
    expect(await standing(fetch, { x: 2 })).toBe("function 4");
  });

  it("takes along what has the name of a global that the module itself asks for", async () => {
    const made = ({ x }: { x: number }): unknown => [makers.Object(x), counting(x), counting.by];
    expect(await standing(made, { x: 2 })).toEqual([{ side: 2 }, 3, 2]);
  });

  it("brings helpers and constants along", async () =>
    expect(await standing(({ x }: { x: number }) => scaled(x) + config.rates.length, { x: 2 })).toBe(8));

  it("brings dates, sets and maps along as they are", async () =>
    expect(await standing(() => config, {})).toStrictEqual(config));

  it("brings functions that call each other", async () =>
    expect(await standing(({ n }: { n: number }) => even(n), { n: 11 })).toBe(false));

  it("brings a class with its base class and its private fields", async () =>
    expect(await standing(({ side }: { side: number }) => new Square(side).area(), { side: 4 })).toBe(12));

  it("brings a record of functions", async () =>
    expect(await standing(({ x }: { x: number }) => tools.double(x) + tools.triple(x), { x: 1 })).toBe(5));

  it("brings a function made by another one", async () => {
    const maker =
      (by: number) =>
      ({ x }: { x: number }) =>
        x * by;
    expect(await standing(maker(7), { x: 2 })).toBe(14);
  });

  it("brings a shorthand property, a template and a method", async () => {
    const object = {
      run({ x }: { x: number }) {
        return { rate, text: `${rate}-${x}` };
      },
    };
    expect(await standing(object.run, { x: 2 })).toEqual({ rate: 3, text: "3-2" });
  });

  it("brings what was put on a function or class after it was declared", async () => {
    const priced = Object.assign((x: number) => x * priced.rate, { rate: 4, unit: "m" });
    class Unit {
      static size = 2;
      static readonly all: readonly number[] = [1, 2, 3];
      static named?: string;
      readonly one = 1;
    }
    Unit.size = 5;
    Unit.named = "cm";
    const fn = ({ x }: { x: number }): unknown => [priced(x), priced.unit, Unit.size, Unit.all.length, Unit.named];
    expect(await standing(fn, { x: 2 })).toEqual([8, "m", 5, 3, "cm"]);
    expect(
      await standing(
        Object.assign(({ x }: { x: number }) => x, { unit: "m" }),
        { x: 2 },
      ),
    ).toBe(2);
    const before = captured(fn).digest;
    Unit.size = 6;
    expect(captured(fn).digest).not.toBe(before);
  });

  it("does not take a step for what the host has of its name", async () => {
    const steps = {
      process: () => typeof process.pid,
      fetch: () => typeof fetch,
      structuredClone: () => structuredClone(3),
    };
    expect(await standing(steps.process, {})).toBe("number");
    expect(await standing(steps.fetch, {})).toBe("function");
    expect(await standing(() => steps.structuredClone(), {})).toBe(3);
  });

  it("brings a function of a local module with that module's own helpers", async () =>
    expect(await standing(({ x }: { x: number }) => grow(x, 3), { x: 2 })).toBe(grow(2, 3)));

  it("takes a local module's function itself as a step", async () => {
    const step = capture(grow, "grow", importFinder(here));
    expect(step.parts.map((part) => part.name)).toEqual(["stepsPerDay", "half", "grow"]);
  });

  it("imports from Node and from packages, by name and as a whole", async () => {
    const fn = ({ file }: { file: string }) => [
      parse(readFileSync(file, "utf8")),
      path.basename(file),
      EventEmitter.name,
    ];
    const file = path.join(here, "fixtures", "numbers.yaml");
    expect(await standing(fn, { file })).toEqual([{ a: 1 }, "numbers.yaml", "EventEmitter"]);
    expect(moduleText(captured(fn))).toMatch(/^import \{ parse \} from "yaml";$/m);
  });

  it("imports a package of ECMAScript modules, as a whole and by name", async () => {
    const fn = ({ n }: { n: number }) => [
      aq.table({ a: [1, n] }).numRows(),
      make({ a: [n] }).numRows(),
      typeof op.mean,
    ];
    expect(await standing(fn, { n: 3 })).toEqual([2, 1, "function"]);
    expect(moduleText(captured(fn))).toMatch(/^import \{ table \} from "arquero";$/m);
  });

  it("imports a local module whose state cannot be brought along", async () => {
    const fn = ({ n }: { n: number }) => counted(n);
    expect(await standing(fn, { n: 3 })).toBe(4);
    expect(moduleText(captured(fn))).toMatch(/^import \{ counted \} from ".\/fixtures\/counter.ts";$/m);
  });

  it("imports the base of a class from its local module", async () =>
    expect(await standing(() => new Twice().next(), {})).toBe(1));

  it("keeps two helpers of one name apart", async () => {
    const outer = (() => {
      const scaled = (x: number) => x + 100;
      return (x: number) => scaled(x);
    })();
    expect(await standing(({ x }: { x: number }) => [scaled(x), outer(x)], { x: 1 })).toEqual([3, 101]);
  });

  it("does not hide a part behind a variable of another function", async () => {
    const twice = (() => {
      const by = 2;
      return (x: number) => x * by;
    })();
    const fn = ({ x }: { x: number }) => {
      const by = 10;
      return twice(x) + by;
    };
    expect(await standing(fn, { x: 1 })).toBe(12);
  });

  it("names what cannot be brought along, through which helper, and the way out", () => {
    const server = new EventEmitter();
    const save = () => server.emit("saved");
    expect(captured(() => save()).problems).toEqual([
      'step "fit" cannot run by itself: it uses `server`, which is an instance of EventEmitter, through save(). Make it inside the step, or pass plain data as an input, or mark the step { run: "inline" }.',
    ]);
  });

  it("refuses a step that changes a variable outside", () => {
    let count = 0;
    expect(captured(() => count++).problems[0]).toContain("it changes `count`, a variable outside");
  });

  it.each([
    ["exports.count++", { exports: { __esModule: true, count: 1 } }, "it changes `count`"],
    ["state.n = 2", { state: { n: 1 } }, "it changes `state`"],
    ["delete state.n", { state: { n: 1 } }, "it changes `state`"],
  ])("refuses %s", (text, outside, problem) => {
    const fn = new Function(...Object.keys(outside), `return () => ${text}`)(...Object.values(outside)) as Fn;
    expect(captured(fn).problems[0]).toContain(problem);
  });

  it("refuses import.meta, which is another file's in a thread", async () => {
    const text = "data:text/javascript,export const here = () => import.meta.url";
    const { here: fn } = (await import(/* @vite-ignore */ text)) as { readonly here: Fn };
    expect(captured(fn).problems[0]).toContain("it uses import.meta");
  });

  it("lets a helper keep what it has computed", async () => {
    const seen: Record<string, number> = {};
    const memo = (x: number): number => {
      seen[x] ??= x * rate;
      return seen[x];
    };
    expect(await standing(({ x }: { x: number }) => memo(x) + memo(x), { x: 2 })).toBe(12);
  });

  it("tells all problems at once", () => {
    let count = 0;
    const server = new EventEmitter();
    const fn = () => [count++, server, Math.max.bind(null)];
    expect(captured(fn).problems).toHaveLength(2);
  });
});

describe("the digest of captured code", () => {
  const make = (text: string, outside: object) =>
    capture(
      new Function(...Object.keys(outside), `return (${text})`)(...Object.values(outside)) as Fn,
      "s",
      importFinder(here),
    ).digest;

  it("does not change with comments, layout, quotes, brackets and semicolons", () =>
    expect(make(`function s({ x }) { return k * x + "a".length; }`, { k: 2 })).toBe(
      make(`function s({x}) {\n  // twice\n  return ((k * x) + 'a'.length)\n}`, { k: 2 }),
    ));

  it("is the same for a name of this cell, of another cell, and of a module", () => {
    const help = (x: number) => x + 1;
    const other = { __esModule: true, help };
    const texts = ["({x}) => help(x)", "({x}) => exports.help(x)", "({x}) => (0, module_1.help)(x)"];
    const digests = texts.map((text) => make(text, { help, exports: other, module_1: other }));
    expect(new Set(digests).size).toBe(1);
  });

  it.each([
    ["the code", "({x}) => k * x + 1", { k: 2, help: (x: number) => x }],
    ["a constant", "({x}) => k * help(x)", { k: 3, help: (x: number) => x }],
    ["a helper", "({x}) => k * help(x)", { k: 2, help: (x: number) => x + 0 }],
  ])("changes with %s", (_, text, outside) =>
    expect(make(text, outside)).not.toBe(make("({x}) => k * help(x)", { k: 2, help: (x: number) => x })),
  );
});
