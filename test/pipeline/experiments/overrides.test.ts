import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isYamlMap, parseYaml, plainValue, pythonJson, YamlFloat } from "../../../src/format/index.ts";
import {
  combinations,
  overridden,
  parseOverride,
  printAssignment,
} from "../../../src/pipeline/experiments/overrides.ts";

/** The Python text of what one `--set-param` sets. */
function setBy(text: string): string {
  const { value } = parseOverride(`a=${text}`);
  if (value === null) throw new Error("no value");
  return value.kind === "value" ? pythonJson(value.value) : `one of ${pythonJson(value.values)}`;
}

describe("parseOverride()", () => {
  // What hydra 1.3.2 gives, through dvc.utils.hydra of dvc 3.67.1.
  it.each([
    ["1e-3", "0.001"],
    ["0x10", '"0x10"'],
    ["007", '"007"'],
    ["+3", "3"],
    ["1_000", "1000"],
    ["1.", "1.0"],
    ["nan", "NaN"],
    ["-inf", "-Infinity"],
    ["tRue", "true"],
    ["NULL", "null"],
    ["hello world", '"hello world"'],
    ["  3 ", "3"],
    ["", '""'],
    ["a:b", '"a:b"'],
    ["http://x.y", '"http://x.y"'],
    ["a-b/c.d", '"a-b/c.d"'],
    ["@x", '"@x"'],
    ["12345678901234567890", "12345678901234567890"],
    ['"x, y"', '"x, y"'],
    [`'it\\'s'`, `"it's"`],
    ["a\\,b", '"a,b"'],
    ["{depth: 3, w: [1,2]}", '{"depth": 3, "w": [1, 2]}'],
    ["[]", "[]"],
    ["1,2", "one of [1, 2]"],
    ["[1,2],[3]", "one of [[1, 2], [3]]"],
    ["choice(x,y)", 'one of ["x", "y"]'],
    ["range(3)", "one of [0, 1, 2]"],
    ["range(3,1,-1)", "one of [3, 2]"],
    ["range(0,1,0.25)", "one of [0.0, 0.25, 0.5, 0.75]"],
    ["range(start=1,stop=3)", "one of [1, 2]"],
    ["sort(3,1,2)", "one of [1, 2, 3]"],
    ["sort(choice(3,1,2),reverse=true)", "one of [3, 2, 1]"],
  ])("reads a=%s as Hydra does", (text, value) => expect(setBy(text)).toBe(value));

  it("counts in decimals, so that the end is never one of the values", () =>
    expect(setBy("range(0.1,0.4,0.1)")).toBe("one of [0.1, 0.2, 0.3]"));

  it.each([
    "a=b=c",
    "a=[1",
    "a={x",
    "a='x",
    "a=glob(*)",
    "a=range(0,1,0)",
    "a=f(1)",
    "a",
    "=1",
    "a b=1",
    "a=1,,2",
    "a=(1",
  ])("refuses %s with a sentence that names it", (text) => expect(() => parseOverride(text)).toThrow(text.slice(0, 4)));

  it("never hangs and never throws anything but its own error", () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."abc1.0,()[]{}:='\"\\ $-+e") }), (text) => {
        try {
          parseOverride(`a=${text}`);
        } catch (error) {
          expect(error).toMatchObject({ code: "EXPERIMENT" });
        }
      }),
    ));
});

describe("combinations()", () => {
  it("is the product, the last override changing fastest", () =>
    expect(
      combinations(["x=1,2", "model.json:y=a,b", "z=0.5"].map(parseOverride)).map((one) =>
        one.map(printAssignment).join(" "),
      ),
    ).toEqual([
      "x=1 model.json:y=a z=0.5",
      "x=1 model.json:y=b z=0.5",
      "x=2 model.json:y=a z=0.5",
      "x=2 model.json:y=b z=0.5",
    ]));
});

describe("overridden()", () => {
  const yaml = "# top\nlr: 0.1 # rate\nnet:\n  layers: [1, 2]\n  act: relu\nn: 3\n";
  const set = (text: string, path: string, ...overrides: readonly string[]): string =>
    overridden(text, path, combinations(overrides.map(parseOverride))[0] ?? []);

  it("keeps comments, order and everything that is not set", () =>
    expect(set(yaml, "params.yaml", "lr=1e-5", "net.act=tanh")).toBe(
      "# top\nlr: 1e-05 # rate\nnet:\n  layers: [1, 2]\n  act: tanh\nn: 3\n",
    ));

  it("adds with +, sets any with ++, takes away with ~, and reaches into lists", () => {
    const text = set(yaml, "params.yaml", "+new={a: 1}", "++net.size=4", "~n", "net.layers.1=9");
    expect(plainValue(parseYaml(text, "params.yaml"))).toEqual({
      lr: 0.1,
      net: { layers: [1, 9], act: "relu", size: 4 },
      new: { a: 1 },
    });
  });

  it("puts a mapping into a mapping, key by key", () =>
    expect(plainValue(parseYaml(set(yaml, "params.yaml", "net={act: tanh}"), "p"))).toMatchObject({
      net: { layers: [1, 2], act: "tanh" },
    }));

  it("writes JSON as it was written: in a line or indented, floats as floats", () => {
    expect(set('{"a": 1.0, "b": {"c": 2}}', "p.json", "b.c=3")).toBe('{"a": 1.0, "b": {"c": 3}}');
    expect(set('{\n  "a": 1.0,\n  "b": []\n}\n', "p.json", "+c=x")).toBe('{\n  "a": 1.0,\n  "b": [],\n  "c": "x"\n}\n');
  });

  it.each([
    [["nothing=1"], "has no nothing"],
    [["net.deep.er=1"], "has no net.deep.er"],
    [["~nothing"], "has no nothing"],
    [["~n=4"], "n is 3, not 4"],
    [["+lr=1"], "lr is there already"],
  ])("refuses %s and says what hinders", (overrides, message) =>
    expect(() => set(yaml, "params.yaml", ...overrides)).toThrow(message),
  );

  it("gives back any value that it set", () =>
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null)), (value) => {
        const own = typeof value === "number" && !Number.isSafeInteger(value) ? new YamlFloat(value) : value;
        const assignment = {
          file: "params.yaml",
          key: ["lr"],
          how: "set",
          value: own,
          text: "",
          checked: true,
        } as const;
        const read = parseYaml(overridden(yaml, "params.yaml", [assignment]), "params.yaml");
        if (!isYamlMap(read)) throw new Error("no mapping");
        expect((plainValue(read) as { readonly lr: unknown }).lr).toEqual(value);
      }),
    ));
});
