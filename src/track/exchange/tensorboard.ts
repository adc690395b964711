import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { splitTfRecords, type TfEvent, tfEventReader } from "../../format/index.ts";
import { md5 } from "../../store/index.ts";
import type { MetricPoint } from "../record.ts";
import { columnsFrom } from "../series/index.ts";
import type { ForeignExperiment, ForeignMetric, ForeignRun, ForeignSource } from "./foreign.ts";
import { plainName } from "./plain-name.ts";

const filePattern = /tfevents/;

/** Whether a path is an event file of TensorBoard, or a folder with one in it at any depth. */
export function isTensorboard(path: string): boolean {
  return eventFolders(path).size > 0;
}

/** Event files: each folder that has some is a run, as in TensorBoard; the experiment is named after the whole. */
export function tensorboardFiles(path: string): ForeignSource {
  const folders = eventFolders(path);
  const name = basename(resolve(statSync(path).isDirectory() ? path : dirname(path)));
  const notes: string[] = [];
  const read = new Map([...folders].map(([run, files]) => [idOf(name, run, files), { name: run, files }]));
  let last: { readonly id: string; readonly events: EventsOfRun } | null = null;
  const eventsOf = (id: string): EventsOfRun => {
    // A run is asked for its values, then its points: one reading does for both.
    if (last?.id !== id) last = { id, events: readEvents(read.get(id)?.files ?? [], notes) };
    return last.events;
  };
  return {
    title: "TensorBoard event files",
    experiments: () => [experimentOf(name, path)],
    runIds: () => [...read.keys()],
    run: (id) => runOf({ id, name: read.get(id)?.name ?? id, path }, eventsOf(id)),
    metrics: (id) => metricsOf(eventsOf(id)),
    countPoints: (id) => metricsOf(eventsOf(id)).reduce((sum, { columns }) => sum + columns.steps.length, 0),
    models: () => null,
    notes: () => [...new Set(notes)],
    close: () => {},
  };
}

/** Event files by the path of their folder in the whole; "." for those right in it. */
function eventFolders(path: string): ReadonlyMap<string, readonly string[]> {
  const stats = statSync(path);
  if (!stats.isDirectory()) return filePattern.test(basename(path)) ? new Map([[".", [path]]]) : new Map();
  const folders = new Map<string, string[]>();
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !filePattern.test(entry.name)) continue;
    const folder = relative(path, entry.parentPath).split(sep).join("/") || ".";
    folders.set(folder, [...(folders.get(folder) ?? []), join(entry.parentPath, entry.name)].sort());
  }
  return new Map([...folders].sort(([a], [b]) => (a < b ? -1 : 1)));
}

// The same files give the same id wherever they lie: the first file is named after its time, host and pid.
function idOf(experiment: string, run: string, files: readonly string[]): string {
  return md5(["tensorboard", experiment, run, basename(files[0] ?? "")].join("\n"));
}

interface EventsOfRun {
  readonly points: ReadonlyMap<string, readonly MetricPoint[]>;
  readonly hparams: TfEvent["hparams"];
  readonly firstMs: number;
  readonly lastMs: number;
}

function readEvents(files: readonly string[], notes: string[]): EventsOfRun {
  const points = new Map<string, MetricPoint[]>();
  const hparams = {};
  let [firstMs, lastMs, others] = [Number.POSITIVE_INFINITY, 0, 0];
  const parse = tfEventReader();
  for (const file of files) {
    for (const record of recordsOf(file, notes)) {
      const event = parse(record);
      others += event.others;
      if (event.timeMs > 0) [firstMs, lastMs] = [Math.min(firstMs, event.timeMs), Math.max(lastMs, event.timeMs)];
      Object.assign(hparams, event.hparams);
      for (const { tag, value, step, timeMs } of event.scalars) {
        const list = points.get(plainName(tag)) ?? [];
        if (list.length === 0) points.set(plainName(tag), list);
        list.push({ value, step, timeMs });
      }
    }
  }
  if (others > 0)
    notes.push(`${files[0]}: ${others} images, histograms or texts were left out; only scalars are read.`);
  return { points, hparams, firstMs: Number.isFinite(firstMs) ? firstMs : 0, lastMs };
}

function recordsOf(file: string, notes: string[]): readonly Uint8Array[] {
  const { records, cutBytes, damagedAt } = splitTfRecords(readFileSync(file));
  if (cutBytes > 0)
    notes.push(`${file}: the last ${cutBytes} bytes are no whole record; its writer was killed, or writes still.`);
  if (damagedAt !== null)
    notes.push(`${file}: the checksum at byte ${damagedAt} is wrong; ${records.length} records before it were read.`);
  return records;
}

function experimentOf(name: string, path: string): ForeignExperiment {
  const timeMs = Math.trunc(statSync(path).mtimeMs);
  return { id: "", name, lifecycle: "active", createdMs: timeMs, updatedMs: timeMs, deletedMs: null, tags: {} };
}

function runOf(
  { id, name, path }: { readonly id: string; readonly name: string; readonly path: string },
  { hparams, firstMs, lastMs }: EventsOfRun,
): ForeignRun {
  const shown = name === "." ? basename(resolve(path)) : name;
  return {
    id,
    name: shown,
    status: "FINISHED",
    lifecycle: "active",
    user: "",
    startMs: firstMs,
    endMs: lastMs,
    deletedMs: null,
    params: new Map(Object.entries(hparams).map(([key, value]) => [plainName(key), String(value)])),
    tags: new Map([
      ["mlflow.runName", shown],
      ["mlflow.source.name", resolve(path)],
    ]),
    inputs: [],
    models: [],
    artifactUri: "",
    artifactFolders: [],
  };
}

function metricsOf({ points }: EventsOfRun): readonly ForeignMetric[] {
  return [...points].map(([name, list]) => ({ name, columns: columnsFrom(list) }));
}
