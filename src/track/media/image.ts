import { randomUUID } from "node:crypto";
import { ValueError } from "../params.ts";
import type { RunWriter } from "../run-writer.ts";
import { encodeImage } from "./image-value.ts";

export interface ImageOptions {
  /** A whole number. Absent: one after the last step of that key in this run, from 0. */
  readonly step?: number;
  /** Unix time in ms, or a Date; now where absent. */
  readonly time?: number | Date;
}

/** The folder of a run's artifacts that MLflow looks for pictures in. */
export const imageFolder = "images";

/** One picture of a series, as the name of its file tells. */
export interface ImageEntry {
  readonly key: string;
  readonly step: number;
  readonly timeMs: number;
  /** Of the full picture, in the run's artifacts. */
  readonly path: string;
  /** Of one with sides of 256 pixels at most; the full one where there is none. */
  readonly small: string;
}

/**
 * Keeps a picture with a run. A key that ends like a picture file ("plots/fit.png") is that file; any other ("samples") is a
 * series over steps, named as MLflow names it, so that its page shows a slider.
 *
 * @throws {ValueError} it is no picture, or its key or step cannot be
 */
export async function keepImage(
  writer: RunWriter,
  key: string,
  { value, options = {} }: { readonly value: unknown; readonly options?: ImageOptions | undefined },
): Promise<void> {
  writer.checkOpen();
  const isFile = /\.(png|jpe?g|gif|webp)$/i.test(key);
  if (isFile && options.step !== undefined)
    throw new ValueError(
      `image ${JSON.stringify(key)} is the name of a file, which has no steps; leave the ending out for a series.`,
    );
  if (!isFile) checkKey(key);
  const step = isFile ? 0 : nextStep(writer, key, options.step);
  const timeMs = options.time === undefined ? Date.now() : timeOf(options.time);
  const image = await encodeImage(key, value);
  if (isFile) return writer.artifact(fileName(key, image.ending), image.bytes);
  const name = `${imageFolder}/${key.replaceAll("/", "~")}+step+${step}+timestamp+${timeMs}+${randomUUID()}`;
  writer.artifact(`${name}.${image.ending}`, image.bytes);
  writer.artifact(`${name}+compressed.${image.small.ending}`, image.small.bytes);
  writer.tags({ "mlflow.loggedImages": "True" });
}

/** The pictures of a run's series by key and step, from the names of its artifacts. @param paths with `/`, of the whole run */
export function imageEntries(paths: readonly string[]): readonly ImageEntry[] {
  const full = new Map<string, ImageEntry>();
  const small = new Map<string, string>();
  for (const path of paths) {
    // MLflow before 3.10 wrote "%" and "#" where "+" and "~" are now.
    const parts = /^images\/(.+)[+%]step[+%](-?\d+)[+%]timestamp[+%](\d+)[+%]([^+%]+?)([+%]compressed)?\.(\w+)$/.exec(
      path,
    );
    if (parts === null) continue;
    const [, key = "", step, time, id = "", isSmall] = parts;
    if (isSmall !== undefined) small.set(id, path);
    else {
      const name = key.replace(/[~#]/g, "/");
      full.set(id, { key: name, step: Number(step), timeMs: Number(time), path, small: path });
    }
  }
  return [...full]
    .map(([id, entry]) => ({ ...entry, small: small.get(id) ?? entry.path }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.step - b.step || a.timeMs - b.timeMs));
}

const nextSteps = new WeakMap<RunWriter, Map<string, number>>();

function nextStep(writer: RunWriter, key: string, wanted: number | undefined): number {
  if (wanted !== undefined && !Number.isSafeInteger(wanted))
    throw new ValueError(`step is ${String(wanted)}; a whole number is wanted.`);
  const steps = nextSteps.get(writer) ?? new Map<string, number>();
  nextSteps.set(writer, steps);
  const step = (wanted ?? steps.get(key) ?? 0) + 0;
  steps.set(key, step + 1);
  return step;
}

// "+", "%", "~" and "#" divide the names of MLflow's picture files.
function checkKey(key: string): void {
  if (/^[\p{L}\p{N}_\-./ ]+$/u.test(key)) return;
  throw new ValueError(
    `image ${JSON.stringify(key)} is no name for a series; letters, digits, "_", "-", ".", "/" and spaces are.`,
  );
}

function timeOf(time: number | Date): number {
  const timeMs = Math.trunc(Number(time));
  if (Number.isSafeInteger(timeMs)) return timeMs;
  throw new ValueError(`time is ${String(time)}; milliseconds since 1970 or a Date are wanted.`);
}

/** The name that says what the bytes are: a canvas that was to be "fit.jpg" became a PNG. */
function fileName(key: string, ending: string): string {
  const named = key.toLowerCase().endsWith(".jpeg") ? "jpg" : key.slice(key.lastIndexOf(".") + 1).toLowerCase();
  return named === ending ? key : `${key.slice(0, key.lastIndexOf("."))}.${ending}`;
}
