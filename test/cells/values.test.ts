import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { root } from "../support/tools.ts";

let kernel: Kernel;
beforeAll(async () => {
  const cwd = notebookFolder();
  symlinkSync(join(root, "node_modules"), join(cwd, "node_modules"));
  kernel = await startKernel({ kind: "stemma", cwd });
});
afterAll(() => kernel.stop());

/** The bundle that a cell's last expression is shown as. */
async function shown(source: string): Promise<Readonly<Record<string, unknown>>> {
  const { outputs, error } = await kernel.run(source);
  expect(error).toBeNull();
  const result = outputs.find(({ type }) => type === "execute_result");
  return (result?.content["data"] ?? {}) as Readonly<Record<string, unknown>>;
}

const all = "console.dir(value, { depth: null, maxArrayLength: null })";
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe("the last expression of a cell", () => {
  it.each([
    ["'größe 😀'", "'größe 😀'"],
    ["-0", "-0"],
    ["12n ** 20n", "3833759992447475122176n"],
    ["new Date(0)", "1970-01-01T00:00:00.000Z"],
    ["[1, [2, [3, [4]]]]", "[ 1, [ 2, [ 3, [Array] ] ] ]"],
    ["new Map([['a', new Set([1])]])", "Map(1) { 'a' => Set(1) { 1 } }"],
    ["new Float32Array([1.5, 2])", "Float32Array(2) [ 1.5, 2 ]"],
    ["class Point { x = 1; #y = 2; get z() { throw new Error('asked'); } }\nnew Point()", "Point { x: 1 }"],
    ["const ring: any = { a: 1 }; ring.self = ring;\nring", "<ref *1> { a: 1, self: [Circular *1] }"],
    ["new Promise(() => {})", "Promise { <pending> }\n(Its value: await it.)"],
    ["Promise.resolve(7)", "Promise { 7 }"],
    ["function twice() {}\ntwice", "[Function: twice]"],
    ["(x: number) => x", "[Function (anonymous)]"],
    ["Symbol('s')", "Symbol(s)"],
    ["new Proxy({ a: 1 }, { get() { throw new Error('asked'); } }) && { a: 1 }", "{ a: 1 }"],
    ["Object.create(null)", "[Object: null prototype] {}"],
    ["Buffer.from('plain')", "<Buffer 70 6c 61 69 6e>"],
  ])("%s is shown as text", async (source, text) => expect(await shown(source)).toEqual({ "text/plain": text }));

  it.each([
    ["undefined", "undefined"],
    ["null", "null"],
    ["a declaration", "const declared = 1;"],
  ])("shows nothing for %s", async (_, source) => expect(await shown(source)).toEqual({}));

  it("an error is shown with its place in the cell and its cause", async () => {
    const { "text/plain": text } = await shown("new RangeError('too far', { cause: new Error('why') })");
    expect(text).toMatch(/^RangeError: too far\n {4}at cell \[\d+\], line 1:\d+/);
    expect(text).toContain("[cause]: Error: why");
  });

  it.each([
    ["png", `Buffer.from("${png}", "base64")`, ["image/png", png]],
    ["jpeg, as an ArrayBuffer", "new Uint8Array([255, 216, 255, 224]).buffer", ["image/jpeg", "/9j/4A=="]],
    ["gif, as a Uint8Array", "new TextEncoder().encode('GIF89a1234')", ["image/gif", "R0lGODlhMTIzNA=="]],
    ["webp", "Buffer.from('RIFF1234WEBPVP8 ')", ["image/webp", "UklGRjEyMzRXRUJQVlA4IA=="]],
    [
      "svg",
      "Buffer.from('<?xml version=\"1.0\"?><!-- ö --><svg/>')",
      ["image/svg+xml", '<?xml version="1.0"?><!-- ö --><svg/>'],
    ],
    ["png, as a Blob", `new Blob([Buffer.from("${png}", "base64")], { type: "image/png" })`, ["image/png", png]],
  ])("the bytes of an image are drawn: %s", async (_, source, [type, data]) => {
    const bundle = await shown(source);
    expect(bundle).toEqual({
      [String(type)]: data,
      "text/plain": expect.stringContaining(`${type} image, `),
    });
  });

  it("a value's own bundle goes first, its bytes as base64", async () =>
    expect(
      await shown(
        "({ toHTML: () => '<p>', [Symbol.for('Jupyter.display')]: async () => ({ 'image/png': Buffer.from('x'), 'application/json': { a: 1 } }) })",
      ),
    ).toEqual({ "image/png": "eA==", "application/json": { a: 1 } }));

  it("a Vega-Lite specification is a chart, with words for those who read text", async () => {
    const spec = {
      $schema: "https://vega.github.io/schema/vega-lite/v5.json",
      title: "Größe",
      mark: "bar",
      data: { values: [{ a: 1 }] },
    };
    const words = 'Vega-Lite chart "Größe" (mark bar, 1 rows)';
    const bundle = { "application/vnd.vegalite.v5+json": spec, "text/plain": words };
    expect(await shown(`(${JSON.stringify(spec)})`)).toEqual(bundle);
    expect(await shown(`({ toSpec: () => (${JSON.stringify(spec)}) })`)).toEqual(bundle);
    const vega = { $schema: "https://vega.github.io/schema/vega/v6.json" };
    expect(await shown(`(${JSON.stringify(vega)})`)).toEqual({
      "application/vnd.vega.v5+json": vega,
      "text/plain": "Vega chart",
    });
  });

  it("frames of arquero and danfo are tables; of a long one it says how many rows are shown", async () => {
    await kernel.run(
      "import { table } from 'arquero'; import { DataFrame } from 'danfojs-node'; const n = Array.from({ length: 20_000 }, (_, i) => i);",
    );
    const few = await shown("table({ größe: [1, 2], '<b>': ['a', 'b'] })");
    expect(few["text/html"]).toMatch(/^<table>.*>größe<\/th>/);
    expect(few["text/html"]).not.toContain("rows");
    expect(few["text/plain"]).toMatch(/^\|größe\|<b>\|\n/);
    const long = await shown("table({ n })");
    expect(String(long["text/html"]).match(/<tr>/g)).toHaveLength(101);
    expect(long["text/html"]).toContain("100 of 20,000 rows.");
    expect(long["text/plain"]).toMatch(/\|9\|\n10 of 20,000 rows\.$/);
    const danfo = await shown("new DataFrame({ n, '<i>': n })");
    expect(danfo["text/html"]).toContain("<th></th><th>n</th><th>&#60;i&#62;</th>");
    expect(danfo["text/html"]).toContain("<tr><th>99</th><td>99</td><td>99</td></tr>");
    expect(danfo["text/html"]).toContain("100 of 20,000 rows.");
    expect(danfo["text/plain"]).toMatch(/^╔═+/);
  });
});

describe("a large value", () => {
  it.each([
    ["a million numbers", "Array.from({ length: 1e6 }, (_, i) => i)", `(100 of 1,000,000 items. All: ${all})`],
    ["a typed array", "new Float64Array(1e6)", `(100 of 1,000,000 items. All: ${all})`],
    ["a map", "new Map(Array.from({ length: 1000 }, (_, i) => [i, i]))", `(100 of 1,000 items. All: ${all})`],
    [
      "rows of rows",
      "Array.from({ length: 99 }, () => Array.from({ length: 99 }, () => Array(99).fill(0)))",
      `All: ${all})`,
    ],
    [
      "a hundred thousand keys",
      "Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => ['k' + i, i]))",
      `(100 of 100,000 keys. All: ${all})`,
    ],
    [
      "such an object in another",
      "({ inside: Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [i, i])) })",
      `(Not all levels. All: ${all})`,
    ],
    ["a long text", "'ü'.repeat(1e6)", "(10,000 of 1,000,000 characters. All: console.log(value))"],
    [
      "its own words",
      "({ [Symbol.for('nodejs.util.inspect.custom')]: () => 'w'.repeat(1e6) })",
      "(200,000 of 1,000,000 characters.)",
    ],
  ])("is cut, and says so: %s", async (_, source, note) => {
    const text = String((await shown(source))["text/plain"]);
    expect(text.length).toBeLessThan(210_000);
    expect(text.endsWith(note)).toBe(true);
  });

  it("is shown whole by what its note says", async () => {
    const { text } = await kernel.run(
      "const value = Array.from({ length: 3000 }, (_, i) => i); console.dir(value, { depth: null, maxArrayLength: null })",
    );
    expect(text).toContain("2999\n]");
  });
});
