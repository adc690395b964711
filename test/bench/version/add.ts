import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { milliseconds, pairs, type Row, row } from "../bench.ts";
import { addOurs, dvc, newProject } from "./projects.ts";

const files = 20_000;

export async function* addRows(base: string): AsyncIterable<Row> {
  const name = { bench: "version", case: `add ${files / 1000}k x 4 KiB`, unit: "ms" };
  const copied = await pairs(
    () => addOurs(newProject(base, files)),
    () => copy(newProject(base, files)),
    3,
  );
  yield row({ ...name, peerName: "cp -r, sync -f", goal: "<= 1.5" }, copied);
  const folders: string[] = [];
  const added = await pairs(
    () => addOurs(newProject(base, files)),
    () => {
      folders.push(newProject(base, files));
      return dvc(folders.at(-1) ?? "", ["add", "-q", "data"]);
    },
    3,
  );
  yield row({ ...name, peerName: "dvc add", goal: "<= 0.25" }, added);
  const ours = newProject(base, files);
  await addOurs(ours);
  const again = { ...name, case: `${name.case} again, nothing changed` };
  const looked = await pairs(
    () => addOurs(ours),
    () => milliseconds(() => look(join(ours, "data"))),
  );
  yield row({ ...again, peerName: "a stat of every file", goal: "<= 3" }, looked);
  const theirs = await pairs(
    () => addOurs(ours),
    () => dvc(folders[0] ?? "", ["add", "-q", "data"]),
    3,
  );
  yield row({ ...again, peerName: "dvc add", goal: "<= 0.15" }, theirs);
}

function copy(folder: string): Promise<number> {
  return milliseconds(() => {
    execFileSync("cp", ["-r", "data", "copy"], { cwd: folder });
    execFileSync("sync", ["-f", folder]);
  });
}

function look(folder: string): void {
  for (const name of readdirSync(folder)) lstatSync(join(folder, name));
}
