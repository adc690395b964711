import { fileURLToPath } from "node:url";
import { checkPlain, isRecord, jsonText, ValueError } from "./params.ts";

/** The absolute path that a `file:` URL leads to; null for anything else. */
export function fileOfUrl(value: unknown): string | null {
  // By its class's name: a cell's URL may be of another realm.
  if (Object.prototype.toString.call(value) !== "[object URL]") return null;
  const url = value as URL;
  if (url.protocol !== "file:")
    throw new ValueError(`${url.href} is no file: URL; download it first, or keep its address with run.tag().`);
  return fileURLToPath(url.href);
}

/**
 * The bytes of an artifact: a text as UTF-8, bytes as they are, plain JSON with two spaces of indentation.
 *
 * @throws {ValueError} neither of these, named by its path
 */
export function artifactBytes(path: string, value: unknown): Uint8Array | string {
  if (typeof value === "string") return value;
  if (ArrayBuffer.isView(value) && isBytes(value)) return value;
  const name = JSON.stringify(path);
  if (Object.prototype.toString.call(value) === "[object ArrayBuffer]") return new Uint8Array(value as ArrayBuffer);
  checkPlain(value, `artifact ${name}`);
  return `${jsonText(value, 2)}\n`;
}

// Buffer and Uint8Array of any realm; the other views are numbers, not bytes.
function isBytes(view: ArrayBufferView): view is Uint8Array {
  return Object.prototype.toString.call(view) === "[object Uint8Array]";
}

const chartKeys = ["mark", "layer", "concat", "hconcat", "vconcat", "facet", "repeat", "spec", "marks"];

/**
 * A Vega-Lite chart as JSON. Also takes what has a `toJSON()`, such as a chart of vega-lite-api. Missing numbers are
 * left to Vega's own rules (`undefined` is absent, NaN is null).
 *
 * @throws {ValueError} it is no chart
 */
export function figureText(name: string, spec: unknown): string {
  const shown = JSON.stringify(name);
  if (typeof spec !== "object" || spec === null)
    throw new ValueError(
      `figure ${shown} is ${spec === null ? "null" : typeof spec}; pass a Vega-Lite chart: { mark, encoding, data }.`,
    );
  const chart = unpacked(spec);
  if (!isRecord(chart) || !("$schema" in chart || chartKeys.some((key) => key in chart)))
    throw new ValueError(
      `figure ${shown} has neither $schema nor mark nor layer (it has ${Object.keys(Object(chart)).join(", ") || "nothing"}); pass a Vega-Lite chart: { mark, encoding, data }.`,
    );
  return `${JSON.stringify(chart)}\n`;
}

function unpacked(spec: object): unknown {
  return "toJSON" in spec && typeof spec.toJSON === "function" ? spec.toJSON() : spec;
}
