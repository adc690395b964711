import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FormatError,
  parseYaml,
  plainValue,
  printYaml,
  pythonFloat,
  YamlFloat,
  YamlTimestamp,
  type YamlValue,
} from "../../src/format/index.ts";

describe("parseYaml", () => {
  it("reads scalars as YAML 1.2 of ruamel does", () => {
    const text =
      "a: 1\nb: 1.0\nc: 1_000\nd: 0x1f\ne: yes\nf: 2024-01-02\ng: '2024-01-02'\nh: ~\ni:\nj: 1e5\nk: 010\nl: .inf\n";
    expect(parseYaml(text, "x")).toEqual({
      a: 1,
      b: new YamlFloat(1),
      c: 1000,
      d: 31,
      e: "yes",
      f: new YamlTimestamp("2024-01-02"),
      g: "2024-01-02",
      h: null,
      i: null,
      j: new YamlFloat(100_000),
      k: 10,
      l: Number.POSITIVE_INFINITY,
    });
  });

  it("keeps integers past 2^53", () =>
    expect(parseYaml("n: 9007199254740993", "x")).toEqual({ n: 9_007_199_254_740_993n }));

  it("gives a Map where an object would change the order or the type of keys", () =>
    expect(parseYaml("b: 1\n1: 2\n__proto__: 3\n", "x")).toEqual(
      new Map<unknown, unknown>([
        ["b", 1],
        [1, 2],
        ["__proto__", 3],
      ]),
    ));

  it("follows aliases and merges maps", () =>
    expect(parseYaml("base: &b {x: 1, y: 2}\nrun:\n  <<: *b\n  y: 3\n", "x")).toEqual({
      base: { x: 1, y: 2 },
      run: { x: 1, y: 3 },
    }));

  it("says file and line of a fault", () => {
    expect(() => parseYaml("a: 1\nb: [1\n", "params.yaml")).toThrow(/^params\.yaml:\d+:\d+: /);
    expect(() => parseYaml("a: 1\na: 2\n", "params.yaml")).toThrow("params.yaml:2");
  });

  it("refuses a text whose aliases multiply without end", () => {
    const lines = [
      "a0: &a0 [x]",
      ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`),
    ];
    expect(() => parseYaml(lines.join("\n"), "x")).toThrow("aliases multiply");
  });
});

describe("printYaml", () => {
  it("gives back any value it printed", () => {
    const words = fc.string({ maxLength: 40 });
    const { node } = fc.letrec<{ node: YamlValue }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        words,
        fc.maxSafeInteger(),
        fc.double({ noNaN: true }).map((value) => (Number.isInteger(value) ? new YamlFloat(value) : value)),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("node"), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_ :'-]{0,20}$/), tie("node"), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      ),
    }));
    fc.assert(
      fc.property(node, (value) => {
        expect(parseYaml(printYaml({ value }), "x")).toEqual({ value });
      }),
    );
  });

  it("refuses by name what YAML cannot hold", () => {
    const value = { a: [{ when: new Date(0) }] } as unknown as { readonly [key: string]: YamlValue };
    expect(() => printYaml(value)).toThrow(
      new FormatError("a[0].when is an instance of Date; YAML holds strings, numbers, booleans, null, lists and maps."),
    );
  });

  it("takes plain objects of another realm", async () => {
    const { runInNewContext } = await import("node:vm");
    expect(printYaml(runInNewContext("({ a: [1, { b: 'yes' }] })"))).toBe("a:\n- 1\n- b: yes\n");
  });
});

it("plainValue() gives what JSON can hold", () =>
  expect(plainValue(parseYaml("a: 1.0\nb: 2024-01-02\n1: [x]\n", "x"))).toEqual({ a: 1, b: "2024-01-02", "1": ["x"] }));

it("pythonFloat() writes numbers as Python's repr does", () => {
  const expected = [
    "1.0",
    "0.1",
    "1e-05",
    "0.0001",
    "1e+16",
    "1000000000000000.0",
    "-0.0",
    "1.5e-07",
    "1e+100",
    "123.456",
  ];
  expect([1, 0.1, 1e-5, 1e-4, 1e16, 1e15, -0, 1.5e-7, 1e100, 123.456].map(pythonFloat)).toEqual(expected);
});
