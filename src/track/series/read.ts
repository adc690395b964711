import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import type { MetricPoint } from "../record.ts";
import { lastPoint, latestOf, type SeriesRow } from "./append.ts";
import { type ChunkRow, decodeChunks } from "./chunk.ts";
import { type Columns, concatenated, sorted } from "./columns.ts";
import { foldedOf } from "./fold.ts";
import { knownNameId } from "./name-id.ts";
import { listSegments, type PointsByName, parseSegment, readSegment, type Segment, tailFolder } from "./tail.ts";

/** A run by its row and by its id. */
export interface RunKey {
  readonly row: number;
  readonly id: string;
}

interface TailPart {
  readonly segment: Segment;
  readonly points: PointsByName;
}

/**
 * All points of one metric of a run, those of a run that is being written included, by rising step, then time; a point
 * that was logged twice once. 100,000 points take about 2 ms.
 */
export function readSeries(project: Project, run: RunKey, name: string): Columns {
  // The tails first: a segment that is folded and deleted meanwhile is then found in the database, and counted once.
  const tails = readTails(project, run.id);
  return openDatabase(project).snapshot((sql) => {
    const id = knownNameId(sql, name);
    const chunks =
      id === null
        ? []
        : sql.read<ChunkRow>("SELECT * FROM chunk WHERE run = ? AND name = ? ORDER BY position", run.row, id);
    const live = unfolded(sql, run, tails).flatMap(({ points }) => points.get(name) ?? []);
    const folded = decodeChunks(chunks);
    return live.length === 0 && areRising(chunks) ? folded : sorted(concatenated([folded, ...live]));
  });
}

/** Whether the points of rows are in order, as most are: told by the rows, without a look at the points. */
function areRising(chunks: readonly ChunkRow[]): boolean {
  return chunks.every(
    ({ rising, first_step }, i) => rising === 1 && (i === 0 || (chunks[i - 1]?.last_step ?? 0) < first_step),
  );
}

/** What is known of each metric of a run: its latest point and how many it has. */
export interface MetricSummary {
  readonly latest: MetricPoint;
  readonly points: number;
}

/** The metrics of runs, those that are being written included; by run id, then by name. */
export function readLatest(
  project: Project,
  runs: readonly RunKey[],
): ReadonlyMap<string, ReadonlyMap<string, MetricSummary>> {
  const tails = new Map(withTails(project, runs).map((run) => [run.id, readTails(project, run.id)]));
  return openDatabase(project).snapshot((sql) => {
    const ids = new Map(runs.map((run) => [run.row, run.id]));
    const known = new Map(runs.map((run) => [run.id, new Map<string, MetricSummary>()]));
    for (const row of seriesOf(sql, runs)) {
      known.get(ids.get(row.run) ?? "")?.set(row.text, { latest: lastPoint(row), points: row.points });
    }
    for (const run of runs) addLive(sql, { run, tails: tails.get(run.id) ?? [] }, known.get(run.id));
    return known;
  });
}

type NamedSeriesRow = SeriesRow & { readonly run: number; readonly text: string };

function seriesOf(sql: Pick<Sql, "read">, runs: readonly RunKey[]): readonly NamedSeriesRow[] {
  return sql.read<NamedSeriesRow>(
    "SELECT series.*, name.text FROM series JOIN name ON name.id = series.name WHERE run IN (SELECT value FROM json_each(?)) ORDER BY name.text",
    JSON.stringify(runs.map(({ row }) => row)),
  );
}

function addLive(
  sql: Pick<Sql, "first">,
  { run, tails }: { readonly run: RunKey; readonly tails: readonly TailPart[] },
  known: Map<string, MetricSummary> | undefined,
): void {
  for (const { points } of unfolded(sql, run, tails)) {
    for (const [name, columns] of points) {
      const before = known?.get(name) ?? null;
      const latest = latestOf(columns, before?.latest ?? null);
      known?.set(name, { latest, points: (before?.points ?? 0) + columns.steps.length });
    }
  }
}

/** Those of the runs that have tails. */
export function withTails(project: Project, runs: readonly RunKey[]): readonly RunKey[] {
  const live = new Set(listSegments(tailFolder(project.stemmaFolder)).map(({ run }) => run));
  return runs.filter(({ id }) => live.has(id));
}

function readTails(project: Project, run: string): readonly TailPart[] {
  return listSegments(tailFolder(project.stemmaFolder), run).flatMap((segment) => {
    const bytes = readSegment(segment.path);
    return bytes === null ? [] : [{ segment, points: parseSegment(bytes) }];
  });
}

function unfolded(sql: Pick<Sql, "first">, run: RunKey, tails: readonly TailPart[]): readonly TailPart[] {
  return tails.filter(({ segment }) => segment.number > foldedOf(sql, run.row, segment.writer));
}
