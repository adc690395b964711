import fc from "fast-check";
import { expect, it } from "vitest";
import {
  parseParamsFile,
  parseYaml,
  patchYaml,
  printYaml,
  pythonEqual,
  pythonJson,
  removeYaml,
  type YamlValue,
} from "../../src/format/index.ts";

const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const key = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !/^\d|__proto__/.test(text));
const value = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: "small" }, scalar, fc.array(tie("any"), { maxLength: 3 }), tie("map")),
  map: fc.dictionary(key, tie("any"), { maxKeys: 4 }),
}));
const stages = fc.dictionary(
  key,
  value.map.filter((map) => Object.keys(map as object).length > 0),
  { minKeys: 1, maxKeys: 4 },
);

it("makes a mapping say what it shall, whatever it said", () => {
  fc.assert(
    fc.property(stages, value.map, fc.nat(), (before, wanted, pick) => {
      const names = Object.keys(before);
      const name = names[pick % names.length] ?? "";
      const text = printYaml({ vars: [1], stages: before as YamlValue, plots: ["x"] });
      const patched = patchYaml(text, ["stages", name], {
        value: wanted as { readonly [key: string]: YamlValue },
        path: "dvc.yaml",
      });
      const after = { vars: [1], stages: { ...before, [name]: wanted }, plots: ["x"] };
      expect(pythonEqual(parseYaml(patched, "dvc.yaml"), after)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it("keeps comments, quotes and order of what stays", () => {
  const text =
    '# top\nstages:\n  a:   # here\n    cmd: "x" # why\n    deps: [b, a]  # flow\n    outs:\n    - o # first\n    - p\n\n  # second\n  b: {cmd: y}\n\n# end\n';
  const value = { cmd: "x", deps: ["a", "c"], outs: ["o", "q"], frozen: true };
  const patched = patchYaml(text, ["stages", "a"], { value, path: "dvc.yaml" });
  expect(patched).toBe(text.replace("[b, a]", "[a, c]").replace("- p\n", "- q\n    frozen: true\n"));
  expect(removeYaml(patched, ["stages", "a", "frozen"], "dvc.yaml")).toBe(patched.replace("    frozen: true\n", ""));
});

it("keeps the lines of a list's items that stay, comments too", () => {
  const names = fc.uniqueArray(fc.nat(40), { maxLength: 12 });
  fc.assert(
    fc.property(names, fc.shuffledSubarray([...Array(40).keys()]), (numbers, order) => {
      const before = numbers.map((n) => `o${n}`);
      const after = order
        .filter((n) => n % 3 === 0 || numbers.includes(n))
        .sort((a, b) => ((a * 7) % 41) - ((b * 7) % 41));
      const wanted = [...before.filter((_, i) => i % 2 === 0), ...after.map((n) => `new${n}`)];
      const line = (name: string): string => `  - ${name} # of ${name}\n`;
      const text = `# top\nouts: # here\n${before.map(line).join("  # above\n")}# end\nlast: 1\n`;
      if (before.length === 0 || wanted.length === 0) return;
      const patched = patchYaml(text, [], { value: { outs: wanted, last: 1 }, path: "x" });
      expect(pythonEqual(parseYaml(patched, "x"), { outs: wanted, last: 1 })).toBe(true);
      for (const name of before.filter((_, i) => i % 2 === 0)) expect(patched).toContain(line(name));
      expect(patched.split("  # above\n")).toHaveLength(before.length);
      expect(patched.startsWith("# top\nouts: # here\n") && patched.endsWith("# end\nlast: 1\n")).toBe(true);
    }),
  );
});

it("says what it shall after items of nested lists come, go and change", () => {
  const list = fc.array(value.any, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(list, list, fc.infiniteStream(fc.nat(3)), (before, fresh, choices) => {
      const wanted = before.flatMap((item) => {
        const choice = choices.next().value;
        return choice === 0 ? [] : choice === 1 ? [item, fresh[0]] : choice === 2 ? [item] : [changed(item, fresh)];
      });
      const text = printYaml({ a: { deps: before as YamlValue }, z: 1 });
      const after = { deps: wanted as YamlValue, more: fresh as YamlValue };
      const patched = patchYaml(text, ["a"], { value: after, path: "x" });
      expect(pythonEqual(parseYaml(patched, "x"), { a: after, z: 1 })).toBe(true);
    }),
    { numRuns: 500 },
  );
});

function changed(item: unknown, fresh: readonly unknown[]): unknown {
  if (Array.isArray(item)) return [...fresh, ...item.slice(1)];
  return typeof item === "object" && item !== null ? { ...item, added: fresh } : fresh;
}

it("keeps the comment of an item's own line there when the item gets more lines, or fewer", () => {
  const short = "plots:\n- a.csv # why\n- b.csv\n";
  const long = "plots:\n- a.csv: # why\n    x: n\n- b.csv\n";
  const value = { plots: [{ "a.csv": { x: "n" } }, "b.csv"] };
  expect(patchYaml(short, [], { value, path: "dvc.yaml" })).toBe(long);
  expect(patchYaml(long, [], { value: { plots: ["a.csv", "b.csv"] }, path: "dvc.yaml" })).toBe(short);
});

it("takes the first keys of a list's entry away, and leaves its dash", () => {
  const text = "outs:\n- md5: abc # was\n  size: 3\n  hash: md5\n  path: x\n-   md5: def\n    path: y\n";
  const value = {
    outs: [
      { hash: "md5", path: "x" },
      { path: "y", desc: "z" },
    ],
  };
  expect(patchYaml(text, [], { value, path: "x.dvc" })).toBe(
    "outs:\n- hash: md5\n  path: x\n-   path: y\n    desc: z\n",
  );
});

it("reads numbers of JSON, TOML and Python as those languages do", () => {
  const same = '{"i": 1, "f": 1.0, "e": 1000.0, "big": 123456789012345678901, "s": "\\u00e9", "l": [1, 2.5]}';
  const toml = 'i = 1\nf = 1.0\ne = 1e3\nbig = "x"\ns = "é"\nl = [1, 2.5]\n';
  expect(pythonJson(parseParamsFile(same, "p.json"))).toBe(same);
  expect(pythonJson(parseParamsFile(toml, "p.toml"))).toBe(same.replace("123456789012345678901", '"x"'));
  const python = "i: int = 1\nf = 1.0\ne = 1e3\nbig = 123456789012345678901\ns = 'é'\nl = (1, 2.5)\nskip = f(1)\n";
  expect(pythonJson(parseParamsFile(python, "p.py"))).toBe(same);
});

it("finds literals in Python as DVC does: classes, __init__, annotations, texts beside each other, not functions", () => {
  const text = `"""doc"""
import os
A = {"a": 1, 'b': [1.0, -2], 3: None}
X = os.environ["A"] ; Z = "x]"
if True:
    HIDDEN = 3
class Net(Base):
    LAYERS = 70
    class Inner:
        z = True
    def __init__(self, a=(1, 2)):
        self.width = 5
        other = 3
    def run(self):
        self.no = 1
T = 1, 2
ML = [
  1,  # one
  2,
]
st = "a" 'b'
`;
  expect(pythonJson(parseParamsFile(text, "p.py"))).toBe(
    '{"A": {"a": 1, "b": [1.0, -2], "3": null}, "Z": "x]", "Net": {"LAYERS": 70, "Inner": {"z": true}, "width": 5}, "T": [1, 2], "ML": [1, 2], "st": "ab"}',
  );
});

it("reads any text that is no Python as an error, not as params", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseParamsFile(text, "p.py");
      } catch (error) {
        expect((error as { readonly code: string }).code).toBe("FORMAT");
      }
    }),
  );
});

it("changes only the lines of the value that changed", () => {
  const leaf = fc.stringMatching(/^[a-z]{1,8}$/);
  const document = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), leaf, { minKeys: 2, maxKeys: 6 });
  fc.assert(
    fc.property(fc.array(document, { minLength: 1, maxLength: 4 }), fc.nat(), leaf, (maps, pick, wanted) => {
      const lines = maps.flatMap((map, i) => [
        `  s${i}: # stage ${i}`,
        ...Object.entries(map).map(([name, text]) => `    ${name}:   '${text}'  # of ${name}`),
      ]);
      const before = `# head\nstages:\n${lines.join("\n")}\n# end\n`;
      const at = pick % maps.length;
      const map = maps[at] ?? {};
      const [name = ""] = Object.keys(map);
      const value = { ...map, [name]: `${wanted}!` };
      const after = patchYaml(before, ["stages", `s${at}`], { value, path: "dvc.yaml" });
      const changed = after.split("\n").filter((line, i) => line !== before.split("\n")[i]);
      expect(after.split("\n")).toHaveLength(before.split("\n").length);
      expect(changed).toHaveLength(1);
      expect(changed[0]).toMatch(new RegExp(`^    ${name}: .*${wanted}!.*# of ${name}$`));
    }),
    { numRuns: 200 },
  );
});
