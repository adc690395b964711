import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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
  const kept = await pairs(
    () => addOurs(newProject(base, files)),
    () => keep(newProject(base, files)),
    3,
  );
  yield row({ ...name, peerName: "its open, read, write, sync -f", goal: null }, kept);
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

/** What no store by content gets around, in one thread: each file read, and written to one of 256 folders; digests are for nothing. */
function keep(folder: string): Promise<number> {
  const store = join(folder, "store");
  const [data, names] = [join(folder, "data"), readdirSync(join(folder, "data"))];
  const digests = names.map((name) => createHash("md5").update(name).digest("hex"));
  return milliseconds(() => {
    for (let i = 0; i < 256; i++) mkdirSync(join(store, i.toString(16).padStart(2, "0")), { recursive: true });
    names.forEach((name, i) => {
      const digest = digests[i] ?? "";
      writeFileSync(`${store}/${digest.slice(0, 2)}/${digest.slice(2)}`, readFileSync(join(data, name)), {
        mode: 0o444,
      });
    });
    execFileSync("sync", ["-f", folder]);
  });
}

function look(folder: string): void {
  for (const name of readdirSync(folder)) lstatSync(join(folder, name));
}
