import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { printDir, printYaml, pythonFloat, YamlFloat, type YamlValue } from "../../../src/format/index.ts";
import { tool } from "../../support/tools.ts";

/** Documents as JSON lines: integers, floats and maps are marked, because JSON does not tell them apart as Python does. */
const python = `
import io, json, sys
from ruamel.yaml import YAML
def value(v):
    if isinstance(v, list): return [value(x) for x in v]
    if not isinstance(v, dict): return v
    if "int" in v: return int(v["int"])
    if "float" in v: return float(v["float"])
    return {k: value(x) for k, x in v["map"]}
for line in sys.stdin:
    yaml = YAML()
    yaml.default_flow_style = False
    stream = io.StringIO()
    yaml.dump(value(json.loads(line)), stream)
    print(json.dumps(stream.getvalue()))
`;

const odd = [
  ..."a,foo,path,it's,- y,#x,a #b,a: b,bar:,?,? x,: y,-,...,---x,[x],{y},%z,@w,`q,!t,&an,*al,|,> f".split(","),
  ..."1,1.0,1e5,.5,+1,~,True,null,yes,on,2024-01-02,1_000,0b1,010,=,<<,12:30,inf,.inf,.nan,0x1F,0o17,_1".split(","),
  ...[
    "",
    " lead",
    "trail ",
    "tab\there",
    "new\nline",
    "é",
    "日本語",
    "😀",
    "\u2028",
    "\u0007",
    "\u0085",
    "\ufeff",
    "\u00a0",
  ],
  ...["2024-1-2 10:11:12", 'say "hi"', "python train.py --lr 0.01 --out model.bin", "x".repeat(90)],
];

const text = fc.oneof(
  fc.constantFrom(...odd),
  fc.array(fc.constantFrom(...odd), { minLength: 1, maxLength: 30 }).map((words) => words.join(" ")),
  fc.string({ unit: "grapheme", maxLength: 120 }),
);
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }),
  fc.double().map((value) => (Number.isInteger(value) ? new YamlFloat(value) : value)),
  fc.constantFrom(1, 0, 1e16, 1e15, -0, 1e22).map((value) => new YamlFloat(value)),
);
const document = fc.letrec<{ node: YamlValue; map: ReadonlyMap<string, YamlValue> }>((tie) => ({
  map: fc.array(fc.tuple(text, tie("node")), { maxLength: 4 }).map((entries) => new Map(entries)),
  node: fc.oneof(
    { maxDepth: 4 },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("node"), { maxLength: 3 }),
    tie("map"),
  ),
})).map;

function marked(value: YamlValue): unknown {
  if (value instanceof YamlFloat) return { float: pythonFloat(value.value) };
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number")
    return Number.isInteger(value) ? { int: String(value) } : { float: pythonFloat(value) };
  if (Array.isArray(value)) return value.map(marked);
  if (value instanceof Map) return { map: [...value].map(([key, item]) => [key, marked(item)]) };
  return value;
}

it("prints any document as ruamel.yaml does", () => {
  const documents = fc.sample(document, { numRuns: 1_000, seed: 42 });
  const input = documents.map((value) => JSON.stringify(marked(value))).join("\n");
  const output = execFileSync(tool("python"), ["-c", python], { input, encoding: "utf8", maxBuffer: 1e9 });
  const expected = output
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(documents.map((value) => printYaml(value))).toEqual(expected);
});

it("prints any listing as Python's json.dumps does", () => {
  const entry = fc.record({
    md5: fc.stringMatching(/^[0-9a-f]{32}$/),
    relpath: fc.string({ unit: "binary", minLength: 1 }),
  });
  const unique = fc.uniqueArray(entry, { selector: ({ relpath }) => relpath, maxLength: 20 });
  const listings = fc.sample(unique, { numRuns: 300, seed: 7 });
  const code =
    "import json,sys\nfor l in sys.stdin: print(json.dumps(json.dumps(sorted(json.loads(l), key=lambda e: e['relpath']), sort_keys=True)))";
  const input = listings.map((entries) => JSON.stringify(entries)).join("\n");
  const output = execFileSync(tool("python"), ["-c", code], { input, encoding: "utf8", maxBuffer: 1e9 });
  const expected = output
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(listings.map(printDir)).toEqual(expected);
});
