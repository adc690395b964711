import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bench, milliseconds, pairs, type Row, row } from "./bench.ts";
import { addOurs, dvc, newProject, settle, store, version } from "./version/projects.ts";

/** push and pull of many small files, beside real DVC. */
export const bench: Bench = { name: "remote", rows };

const files = 10_000;

async function* rows(): AsyncIterable<Row> {
  // All folders stay until the end: ext4 is ten times slower where thousands of files were deleted a moment ago.
  const base = mkdtempSync(join(tmpdir(), "stemma-bench-remote-"));
  try {
    const [ours, theirs] = [newProject(base, files), newProject(base, files)];
    for (const folder of [ours, theirs]) {
      await addOurs(folder);
      const store = `['remote "store"']\n    url = ${folder}-store\n`;
      writeFileSync(join(folder, ".dvc", "config"), `[core]\n    no_scm = True\n    remote = store\n${store}`);
    }
    yield await pushRow(ours, theirs);
    yield await pullRow(ours, theirs);
  } finally {
    rmSync(base, { recursive: true });
  }
}

let moved = 0;

/** Moved out of the project, not deleted: see above. */
function clear(path: string, project: string): void {
  renameSync(path, `${project}-gone-${moved++}`);
}

async function pushRow(ours: string, theirs: string): Promise<Row> {
  const { findProject } = await store;
  const { pushData } = await version;
  await pushData(findProject(ours));
  await dvc(theirs, ["push", "-q"]);
  const pair = await pairs(
    () => {
      clear(`${ours}-store`, ours);
      settle(ours);
      return milliseconds(() => pushData(findProject(ours)));
    },
    () => {
      clear(`${theirs}-store`, theirs);
      settle(theirs);
      return dvc(theirs, ["push", "-q"]);
    },
    3,
  );
  const name = `push of ${files / 1000}k x 4 KiB to a folder`;
  return row({ bench: "remote", case: name, unit: "ms", peerName: "dvc push", goal: "<= 0.25" }, pair);
}

async function pullRow(ours: string, theirs: string): Promise<Row> {
  const { findProject } = await store;
  const { checkoutOuts, fetchData } = await version;
  const fresh = (folder: string): void => {
    clear(join(folder, ".dvc", "cache"), folder);
    clear(join(folder, "data"), folder);
    settle(folder);
  };
  const pair = await pairs(
    () => {
      fresh(ours);
      return milliseconds(async () => {
        await fetchData(findProject(ours));
        await checkoutOuts(findProject(ours));
      });
    },
    () => {
      fresh(theirs);
      return dvc(theirs, ["pull", "-q"]);
    },
    3,
  );
  const name = `pull of ${files / 1000}k x 4 KiB from a folder`;
  return row({ bench: "remote", case: name, unit: "ms", peerName: "dvc pull", goal: "<= 0.25" }, pair);
}
