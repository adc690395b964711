import { FormatError } from "./format-error.ts";
import { isMap, isScalar, parseDocument } from "./yaml-library.ts";

/** One point of a metric, as a line of MLflow's file store has it. */
export interface MlrunsPoint {
  readonly timeMs: number;
  readonly value: number;
  readonly step: number;
}

/** The fields of a `meta.yaml`: texts as they stand, null for none, one level of mappings. */
export type MlrunsMeta = ReadonlyMap<string, string | null | ReadonlyMap<string, string>>;

/**
 * A `meta.yaml` of MLflow's file store. Every scalar stays a text: PyYAML writes a run's name `1e3` without quotes, which
 * any reader of YAML 1.2 takes for a number.
 *
 * @param path of the file, for messages
 * @throws {FormatError}
 */
export function parseMlrunsMeta(text: string, path: string): MlrunsMeta {
  const document = parseDocument(text, { schema: "failsafe" });
  const [fault] = document.errors;
  if (fault !== undefined) throw new FormatError(`${path}: ${fault.message.split("\n")[0]}`, { cause: fault });
  if (!isMap(document.contents)) throw new FormatError(`${path}: want a mapping of the run's or experiment's fields.`);
  return new Map(document.contents.items.map(({ key, value }) => [textOf(key) ?? "", fieldOf(value)]));
}

/**
 * The file of a metric: a point a line, "time value step", in the order of logging. Old ones have no step, which is 0 then;
 * MLflow 3 puts the name and digest of a data set behind it.
 *
 * @throws {FormatError} "metrics/rmse:3: …"
 */
export function parseMlrunsMetric(text: string, path: string): readonly MlrunsPoint[] {
  return linesOf(text, path).map(({ point }) => point);
}

/** One point of a logged model's metric: which run measured it, on which data set. */
export interface MlrunsModelPoint extends MlrunsPoint {
  readonly run: string;
  /** "" where none was named. */
  readonly datasetName: string;
  readonly datasetDigest: string;
}

/** The file of a logged model's metric: "time value step run", and the name and digest of a data set. @throws {FormatError} */
export function parseMlrunsModelMetric(text: string, path: string): readonly MlrunsModelPoint[] {
  return linesOf(text, path).map(({ point, more: [run = "", ...dataset] }) => ({
    ...point,
    run,
    datasetName: dataset.slice(0, -1).join(" "),
    datasetDigest: dataset.at(-1) ?? "",
  }));
}

interface Line {
  readonly point: MlrunsPoint;
  readonly more: readonly string[];
}

function linesOf(text: string, path: string): readonly Line[] {
  return text.split("\n").flatMap((line, i) => {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === "") return [];
    const [time = "", value = "", step = "0", ...more] = fields;
    const point = { timeMs: Number(time), value: pythonNumber(value), step: Number(step) };
    if (!Number.isInteger(point.timeMs) || !Number.isInteger(point.step) || point.value === null)
      throw new FormatError(`${path}:${i + 1}: want "time value step", got ${JSON.stringify(line.slice(0, 80))}`);
    return [{ point: { ...point, value: point.value }, more }];
  });
}

/** What Python's float() makes of a text that its repr() wrote; null for anything else. */
function pythonNumber(text: string): number | null {
  if (/^[-+]?nan$/i.test(text)) return Number.NaN;
  if (/^\+?inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^-inf(inity)?$/i.test(text)) return Number.NEGATIVE_INFINITY;
  if (text === "True" || text === "False") return Number(text === "True");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : null;
}

function fieldOf(node: unknown): string | null | ReadonlyMap<string, string> {
  if (!isMap(node)) return textOf(node);
  return new Map(node.items.map(({ key, value }) => [textOf(key) ?? "", textOf(value) ?? ""]));
}

function textOf(node: unknown): string | null {
  if (!isScalar(node)) return null;
  const text = String(node.value);
  return node.type === "PLAIN" && (text === "" || text === "null" || text === "~") ? null : text;
}
