import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ArtifactPlace, listArtifacts } from "../local/index.ts";
import type { ArtifactEntry, RunRecord } from "../record.ts";
import { type ImageEntry, imageEntries, imageFolder } from "./image.ts";
import { readPreview, recentPreview, type TablePreview } from "./preview.ts";
import { loggedTables } from "./table.ts";

/** The pictures and tables that were kept with a run, for drawing; of a run whose files lie here. */
export interface KeptMedia {
  /** The top entries of the artifact folder. */
  readonly artifacts: readonly ArtifactEntry[];
  readonly images: readonly ImageEntry[];
  readonly tables: readonly TablePreview[];
  /** Vega-Lite charts by their paths, at most 100 kB in all. */
  readonly figures: readonly KeptFigure[];
  /** The bytes of one of these files. */
  readonly read: (path: string) => Uint8Array;
}

/** A Vega-Lite chart that was kept. */
export interface KeptFigure {
  /** In the run's artifacts: "plots/fit.vl.json". */
  readonly path: string;
  readonly spec: object;
}

const mostTables = 12;
const mostFolders = 20;
const figureBytes = 100_000;

/** What can be told at once: tables are those that this process wrote. */
export function keptMedia(run: RunRecord): KeptMedia {
  const tables = loggedTables(run.tags).map((path) => recentPreview(run.id, path));
  return { ...keptImages(run), tables: tables.filter((table) => table !== null).slice(0, mostTables) };
}

/** The same with all tables, whoever wrote them. */
export async function readMedia(run: RunRecord): Promise<KeptMedia> {
  const paths = loggedTables(run.tags).slice(0, mostTables);
  // The tag may come from anywhere; a path that leads out of the folder is none of this run's tables.
  const inside = paths.filter((path) => !path.split(/[\\/]/).some((part) => part === "" || part === ".."));
  const tables = await Promise.all(inside.map((path) => readPreview(join(run.artifactFolder, path), path)));
  return { ...keptImages(run), tables: tables.filter((table) => table !== null) };
}

function keptImages(run: RunRecord): Omit<KeptMedia, "tables"> {
  const place = { folder: run.artifactFolder, run: run.id };
  const artifacts = listArtifacts(place);
  return {
    artifacts,
    figures: keptFigures(place, artifacts),
    images: imageEntries(listArtifacts(place, imageFolder).map(({ path }) => path)),
    read: (path) => readFileSync(join(run.artifactFolder, path)),
  };
}

/** The charts at the top and one folder deep, as far as there is room: who keeps more finds them as files. */
function keptFigures(place: ArtifactPlace, top: readonly ArtifactEntry[]): readonly KeptFigure[] {
  const folders = top.filter(({ folder, path }) => folder && path !== imageFolder).slice(0, mostFolders);
  const entries = [...top, ...folders.flatMap(({ path }) => listArtifacts(place, path))];
  let room = figureBytes;
  return entries.flatMap(({ path, bytes }) => {
    if (!path.endsWith(".vl.json") || bytes === null || bytes > room) return [];
    const spec = chartOf(readFileSync(join(place.folder, path), "utf8"));
    if (spec === null) return [];
    room -= bytes;
    return [{ path, spec }];
  });
}

function chartOf(text: string): object | null {
  try {
    const spec: unknown = JSON.parse(text);
    return typeof spec === "object" ? spec : null;
  } catch {
    // A file of another tool that has our ending.
    return null;
  }
}
