import { describe, expect, it } from "vitest";
import { paramLines, readParams } from "../../../src/cli/flow/params.ts";
import { definePlan } from "../../../src/flow/index.ts";

const params = {
  beta: 0.3,
  betas: [0.1],
  names: ["a"],
  fast: false,
  name: "x",
  learningRate: 1,
  grid: { n: 1 },
  any: null,
  on: [true],
  größe: 1,
};
const { plan } = definePlan({ name: "fit", params }, (f) => f.step(() => 1, {}));
const read = (...args: readonly string[]) => readParams(plan, args);

describe("params on a command line", () => {
  it("have the type of their default", () => {
    expect(read("--beta", "-0.5", "--name", "0.5", "--any", "3")).toEqual({ beta: -0.5, name: "0.5", any: 3 });
    expect(read("--grid", '{"n":2}', "--any=text")).toEqual({ grid: { n: 2 }, any: "text" });
    expect(read("--any", "null")).toEqual({ any: null });
  });

  it("are lists by commas or as JSON", () => {
    expect(read("--betas", "0.1,0.2", "--names=a, b")).toEqual({ betas: [0.1, 0.2], names: ["a", "b"] });
    expect(read("--betas", "[1]", "--names", '["a,b"]')).toEqual({ betas: [1], names: ["a,b"] });
    expect(read("--betas", "")).toEqual({ betas: [] });
  });

  it("are numbers in a list whose default is empty where all are numbers, else texts", () => {
    const empty = { ...plan, params: { xs: [] } };
    const list = (text: string): unknown => readParams(empty, ["--xs", text])["xs"];
    expect([list("1, -2.5"), list("1,a"), list("007"), list("a,b"), list("")]).toEqual([
      [1, -2.5],
      ["1", "a"],
      ["007"],
      ["a", "b"],
      [],
    ]);
    expect(list('[1,"a"]')).toEqual([1, "a"]);
  });

  it("are switches where the default is true or false", () => {
    expect(read("--fast", "--beta", "1")).toEqual({ fast: true, beta: 1 });
    expect(read("--no-fast")).toEqual({ fast: false });
    expect(read("--fast", "false")).toEqual({ fast: false });
  });

  it("are lists of switches too, and never of another type than the first", () => {
    expect(read("--on", "true,false")).toEqual({ on: [true, false] });
    expect(() => read("--names", "[1]")).toThrow('--names: want a list, such as ["a"], got "[1]".');
  });

  it("are found however their accents are written", () => {
    expect(read("--gro\u0308ße", "2")).toEqual({ größe: 2 });
  });

  it("are told with their kind and default", () => {
    const lines = paramLines(plan);
    expect(lines[0]).toMatch(/^ {2}--beta <number> {2,}0\.3$/);
    expect(lines.find((line) => line.includes("fast"))).toMatch(/^ {2}--fast, --no-fast {2,}false$/);
    expect(new Set(lines.map((line) => line.search(/\S+$/))).size).toBe(1);
  });

  it("may be written with hyphens", () => expect(read("--learning-rate", "2")).toEqual({ learningRate: 2 }));

  it.each([
    [["--bet", "1"], 'Flow "fit" has no param --bet. Did you mean --beta? It has --beta, '],
    [["--name", "--fast"], "--name: want a text, got nothing. A value that begins so is written --name=--fast."],
    [["--fast", "maybe"], '--fast: want true or false, got "maybe".'],
    [["--betas"], "--betas: want a list, such as [0.1], got nothing."],
    [["--gamma", "1"], 'Flow "fit" has no param --gamma. It has --beta, '],
    [["--beta", "abc"], '--beta: want a number, got "abc".'],
    [["--beta"], "--beta: want a number, got nothing."],
    [["--beta", "Infinity"], '--beta: want a number, got "Infinity".'],
    [["--betas", '["1"]'], "--betas: want a list, such as [0.1]"],
    [["--grid", "[1]"], '--grid: want a record as JSON, such as {"n":1}'],
    [["--fast=yes"], '--fast: want true or false, got "yes".'],
    [["stray"], '"stray" is no param of flow "fit"'],
  ])("refuses %j in words", (args, words) => expect(() => read(...args)).toThrow(words));
});
