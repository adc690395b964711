import { renameSync } from "node:fs";
import { join } from "node:path";
import { milliseconds, pairs, type Row, row } from "../bench.ts";
import { addOurs, dvc, newProject, store, version } from "./projects.ts";

const files = 10_000;

/** The data of a fresh clone, brought from the cache. */
export async function checkoutRow(base: string): Promise<Row> {
  const { findProject } = await store;
  const { checkoutData } = await version;
  const ours = newProject(base, files);
  await addOurs(ours);
  const theirs = newProject(base, files);
  await addOurs(theirs);
  let gone = 0;
  // Moved out, not deleted: see the note about deleted files in version.ts.
  const clear = (folder: string): void => renameSync(join(folder, "data"), `${folder}-gone-${gone++}`);
  const pair = await pairs(
    () => {
      clear(ours);
      return milliseconds(() => checkoutData(findProject(ours), "data"));
    },
    () => {
      clear(theirs);
      return dvc(theirs, ["checkout", "-q", "data.dvc"]);
    },
    3,
  );
  return row(
    {
      bench: "version",
      case: `checkout of ${files / 1000}k x 4 KiB`,
      unit: "ms",
      peerName: "dvc checkout",
      goal: "<= 0.25",
    },
    pair,
  );
}
