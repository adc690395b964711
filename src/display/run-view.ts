import type {
  ArtifactEntry,
  ImageEntry,
  KeptFigure,
  LoggedModel,
  MetricPoint,
  RunRecord,
  TablePreview,
} from "../track/index.ts";
import type { DatasetRow, ImageSeries, RunCurve, RunView, SeriesImage } from "./bundle.ts";
import { contextRows, otherTags } from "./run-context.ts";
import { curve, runRow } from "./runs-view.ts";

/** What a run's page is made of. */
export interface RunParts {
  readonly run: RunRecord;
  /** Points by metric. */
  readonly histories?: Readonly<Record<string, readonly MetricPoint[]>>;
  readonly artifacts?: readonly ArtifactEntry[];
  readonly images?: readonly ImageEntry[];
  readonly tables?: readonly TablePreview[];
  readonly figures?: readonly KeptFigure[];
  readonly models?: readonly LoggedModel[];
  /** The bytes of an artifact, for pictures that are to come along; none come where it is absent. */
  readonly read?: (path: string) => Uint8Array;
}

/** How much of a run is put into a view. */
interface Limits {
  readonly curves: number;
  readonly points: number;
  readonly tables: number;
  readonly imageBytes: number;
}

const mostBytes = 200_000;
const roomy: Limits = { curves: 24, points: 240, tables: 12, imageBytes: 90_000 };
const steps: readonly Limits[] = [
  roomy,
  { curves: 12, points: 160, tables: 4, imageBytes: 60_000 },
  { curves: 6, points: 120, tables: 1, imageBytes: 30_000 },
  { curves: 4, points: 60, tables: 0, imageBytes: 0 },
];

/** One run as a page gets it, at most 200 kB: curves are thinned, pictures and tables left out as far as that asks for. */
export function runView(parts: RunParts): RunView {
  let view = viewWithin(parts, roomy);
  for (const limits of steps.slice(1)) {
    if (JSON.stringify(view).length <= mostBytes) return view;
    view = viewWithin(parts, limits);
  }
  return view;
}

function viewWithin(parts: RunParts, limits: Limits): RunView {
  const { run, histories = {}, artifacts = [], images = [], tables = [], figures = [], models = [] } = parts;
  const row = runRow(run);
  const curves = curvesOf(histories, limits);
  return {
    kind: "run",
    run: { ...row, metrics: Object.fromEntries(Object.entries(row.metrics).filter(([name]) => !isSystem(name))) },
    experiment: run.experiment,
    user: run.user,
    note: run.tags["mlflow.note.content"] ?? null,
    curves: curves.filter(({ metric }) => !isSystem(metric)).slice(0, limits.curves),
    system: curves
      .filter(({ metric }) => isSystem(metric))
      .slice(0, limits.curves)
      .map(inWords),
    images: seriesOf(images, withData(parts, limits.imageBytes)),
    figures: figures.slice(0, limits.tables),
    tables: tables.slice(0, limits.tables),
    datasets: run.inputs.map(datasetRow),
    models: models.slice(0, 50).map(({ id, name, modelType, registrations }) => ({
      id,
      name,
      type: modelType,
      versions: registrations.map((one) => `${one.name} version ${one.version}`),
    })),
    artifacts: artifacts.slice(0, 500).map(({ path, folder, bytes }) => ({ path, folder, bytes })),
    context: contextRows(run),
    tags: otherTags(run.tags),
    error: run.tags["stemma.error"] ?? null,
  };
}

/** Whether a metric tells how the machine was used. */
export function isSystem(metric: string): boolean {
  return metric.startsWith("system/");
}

/** `system/cpu_utilization_percentage` as "cpu utilization %". */
function inWords({ metric, points }: RunCurve): RunCurve {
  const name = metric
    .slice("system/".length)
    .replace(/_percentage$/, " %")
    .replace(/_megabytes$/, " MB")
    .replace(/_watts$/, " W");
  return { metric: name.replaceAll("_", " "), points };
}

function curvesOf(
  histories: Readonly<Record<string, readonly MetricPoint[]>>,
  { points }: Limits,
): readonly RunCurve[] {
  const curves = Object.entries(histories).map(([metric, all]) => ({ metric, points: curve(all, points) }));
  return curves.filter((one) => one.points.length > 1);
}

/** Pictures of one series at most: a slider has no more places. */
const mostImages = 200;

function seriesOf(images: readonly ImageEntry[], data: ReadonlyMap<string, string>): readonly ImageSeries[] {
  const byKey = new Map<string, SeriesImage[]>();
  for (const { key, step, path, small } of images) {
    const series = byKey.get(key) ?? [];
    byKey.set(key, series);
    series.push({ step, path, small, data: data.get(small) ?? null });
  }
  return [...byKey].slice(0, 24).map(([key, series]) => ({ key, images: evenly(series, mostImages) }));
}

/** Some of a list, first and last among them. */
function evenly<T>(list: readonly T[], limit: number): readonly T[] {
  if (list.length <= limit) return list;
  return Array.from({ length: limit }, (_, i) => list[Math.round((i * (list.length - 1)) / (limit - 1))] as T);
}

const mimeTypes: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
};

/** `data:` URIs of pictures while there is room: the last of each series first, then backwards. */
function withData({ images = [], read }: RunParts, room: number): ReadonlyMap<string, string> {
  const data = new Map<string, string>();
  if (read === undefined || room === 0) return data;
  const rank = ranks(images);
  let left = room;
  for (const { small } of [...images].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0)).slice(0, 60)) {
    const type = mimeTypes[small.slice(small.lastIndexOf(".") + 1).toLowerCase()];
    if (type === undefined) continue;
    const text = `data:${type};base64,${Buffer.from(read(small)).toString("base64")}`;
    if (text.length > left) continue;
    left -= text.length;
    data.set(small, text);
  }
  return data;
}

/** How far each picture is from the end of its series. */
function ranks(images: readonly ImageEntry[]): ReadonlyMap<ImageEntry, number> {
  const behind = new Map<string, number>();
  const rank = new Map<ImageEntry, number>();
  for (const image of images.toReversed()) {
    const place = behind.get(image.key) ?? 0;
    behind.set(image.key, place + 1);
    rank.set(image, place);
  }
  return rank;
}

function datasetRow({ name, digest, tags, schema, profile }: RunRecord["inputs"][number]): DatasetRow {
  const columns: unknown = parsed(schema)["mlflow_colspec"];
  const rows: unknown = parsed(profile)["num_rows"];
  return {
    name,
    digest,
    context: tags["mlflow.data.context"] ?? null,
    rows: typeof rows === "number" ? rows : null,
    columns: Array.isArray(columns) ? columnsText(columns) : null,
  };
}

function columnsText(columns: readonly unknown[]): string {
  const named = columns.slice(0, 30).map((column) => {
    const { name, type }: { readonly name?: unknown; readonly type?: unknown } = Object(column);
    return `${String(name)} ${String(type)}`;
  });
  return [...named, ...(columns.length > 30 ? [`and ${columns.length - 30} more`] : [])].join(", ");
}

function parsed(json: string | null): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(json ?? "{}"));
  } catch {
    // Another tool's text, or one that a server cut.
    return {};
  }
}
