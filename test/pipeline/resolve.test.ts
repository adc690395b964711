// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are DVC's templates
import { expect, it } from "vitest";
import { parseDvcYaml, parseYaml, plainValue } from "../../src/format/index.ts";
import { resolvePipeline } from "../../src/pipeline/resolve/index.ts";

/** The stages of a `dvc.yaml`, filled in, with the params files of its folder. */
function resolve(text: string, files: Readonly<Record<string, string>> = {}): Readonly<Record<string, unknown>> {
  const { stages } = resolvePipeline(parseDvcYaml(text, "dvc.yaml"), {
    file: "dvc.yaml",
    readParams: (path) => (files[path] === undefined ? null : parseYaml(files[path], path)),
    style: { bool: "store_true", list: "nargs" },
  });
  return Object.fromEntries(stages.map(({ name, body }) => [name, plainValue(body)]));
}

const one = (cmd: string, more = ""): string => `${more}stages:\n  s:\n    cmd: ${cmd}\n`;

it("writes values as Python does", () => {
  const params =
    "f: 1.0\ni: 1\ne: 1e-5\nbig: 123456789012345678901\nn:\nt: true\nl: [1, [2.0]]\ndeep: {list: [{x: 7}]}\n";
  const cmd = `'\${f} \${i} \${e} \${big} \${n} \${t} \${l[0]} \${l.1[0]} \${l[-1][0]} \${deep.list[0].x} \\\${f}'`;
  expect(resolve(one(cmd), { "params.yaml": params })).toEqual({
    s: { cmd: "1.0 1 1e-05 123456789012345678901 None true 1 2.0 2.0 7 ${f}" },
  });
});

it("names the stages of foreach and matrix as DVC does", () => {
  const text = `stages:
  list: {foreach: [a, 1, true, 2.0], do: {cmd: "echo \${item}"}}
  named: {foreach: "\${flags}", do: {cmd: "echo \${item}"}}
  deep: {foreach: [a, {k: 1}], do: {cmd: "echo x"}}
  map: {foreach: {x: {v: 1}, y: {v: 2}}, do: {cmd: "echo \${key} \${item.v}"}}
  grid: {matrix: {a: [1, x], b: ["\${m}", {z: 1}]}, cmd: "echo \${key} \${item.a}"}
`;
  expect(Object.keys(resolve(text, { "params.yaml": "m: q\nflags: [true, 1.0]\n" }))).toEqual([
    ...["list@a", "list@1", "list@true", "list@2.0", "named@True", "named@1.0", "deep@0", "deep@1"],
    ...["map@x", "map@y", "grid@1-q", "grid@1-b1", "grid@x-q", "grid@x-b1"],
  ]);
});

it("takes vars of files, of parts of files, of the stage and of the working folder", () => {
  const text = `vars: [all.yaml, "part.yaml:a,b", {own: 1}]
stages:
  s:
    wdir: sub
    vars: [inner.yaml, {mine: 2}]
    cmd: echo \${x} \${a} \${own} \${mine} \${y}
`;
  const files = { "all.yaml": "x: 1\n", "part.yaml": "a: 2\nb: 3\nown: 9\n", "sub/inner.yaml": "y: 4\n" };
  expect(resolve(text, files)).toEqual({ s: { wdir: "sub", cmd: "echo 1 2 1 2 4" } });
});

it.each([
  [
    "a name that is not there",
    one("echo ${nope}"),
    {},
    "failed to parse 'stages.s.cmd' in 'dvc.yaml': Could not find 'nope'",
  ],
  ["a template that is none", one("echo ${a.[b]}"), {}, "failed to parse 'stages.s.cmd' in 'dvc.yaml':\n${a.[b]}"],
  ["a list in a text", one("echo ${l}"), { "params.yaml": "l: [1]\n" }, "Cannot interpolate data of type 'list'"],
  [
    "a date",
    one("echo ${d}"),
    { "params.yaml": "d: 2024-01-02\n" },
    "Unsupported value of type 'date' in 'params.yaml:d'",
  ],
  [
    "a key twice",
    one("x", "vars: [{lr: 1}]\n"),
    { "params.yaml": "lr: 2\n" },
    "cannot redefine 'lr' from 'vars[0]' as it already exists in 'params.yaml'",
  ],
  [
    "a file that is missing",
    one("x", "vars: [no.yaml]\n"),
    {},
    "failed to parse 'vars' in 'dvc.yaml': 'no.yaml' does not exist",
  ],
  [
    "a template in vars",
    one("x", 'vars: [{a: "${b}"}]\n'),
    {},
    "failed to parse 'vars' in 'dvc.yaml': interpolating is not allowed",
  ],
  [
    "a part of a loaded file",
    one("x", 'vars: ["params.yaml:a"]\n'),
    { "params.yaml": "a: 1\n" },
    "cannot partially load 'params.yaml:a' as it's already loaded.",
  ],
  [
    "foreach over a number",
    'stages: {s: {foreach: "${n}", do: {cmd: x}}}',
    { "params.yaml": "n: 1\n" },
    "expected list/dictionary, got int",
  ],
  [
    "item in vars of a stage",
    "stages: {s: {foreach: [1], do: {cmd: x, vars: [{item: 2}]}}}",
    {},
    "attempted to modify reserved key item",
  ],
] as const)("refuses %s as DVC does", (...[, text, files, message]) => {
  expect(() => resolve(text, files)).toThrow(message);
});

it.each([
  ["stages:\n  s:\n    cmd: x\n    dep: [a]\n", "dvc.yaml:4: stages.s.dep"],
  ["stages:\n  s: {deps: [a]}\n", "dvc.yaml:2: stages.s: cmd is missing"],
  ["stages:\n  s: {cmd: x, outs: [{a: {cach: true}}]}\n", "stages.s.outs[0].a.cach: DVC knows no such flag"],
  ["x-own: 1\n", "dvc.yaml:1: x-own"],
  ["<<<<<<< ours\nstages: {}\n=======\n", "merge conflicts"],
])("says file, line and key of what no dvc.yaml may hold: %j", (text, message) => {
  expect(() => resolve(text)).toThrow(message);
});
