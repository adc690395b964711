import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listArtifacts } from "../local/index.ts";
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
  /** The bytes of one of these files. */
  readonly read: (path: string) => Uint8Array;
}

const mostTables = 12;

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
  return {
    artifacts: listArtifacts(place),
    images: imageEntries(listArtifacts(place, imageFolder).map(({ path }) => path)),
    read: (path) => readFileSync(join(run.artifactFolder, path)),
  };
}
