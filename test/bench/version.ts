import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProject } from "../../src/store/index.ts";
import { addData } from "../../src/version/index.ts";
import { tool } from "../support/tools.ts";
import { type Bench, milliseconds, pairs, type Row, row } from "./bench.ts";

const fileCount = 2_000;
const fileBytes = 4 * 1024;

/** `version()` of a folder of many small files, against copying it and against DVC. */
export const bench: Bench = { name: "version", rows };

async function* rows(): AsyncIterable<Row> {
  // All folders stay until the end: ext4 is ten times slower where thousands of files were deleted a moment ago.
  const base = mkdtempSync(join(tmpdir(), "stemma-bench-version-"));
  try {
    const unit = "ms";
    const name = `${fileCount.toLocaleString("en")} x 4 KiB`;
    const first = { bench: "version", case: `${name}, first version`, unit };
    const copied = await pairs(
      () => addOurs(newProject(base)),
      () => copy(newProject(base)),
    );
    yield row({ ...first, peerName: "cp -r, sync -f", goal: "<= 1.5" }, copied);
    const added = await pairs(
      () => addOurs(newProject(base)),
      () => addTheirs(newProject(base)),
    );
    yield row({ ...first, peerName: "dvc add", goal: "<= 0.25" }, added);
    yield row(
      { bench: "version", case: `${name}, nothing changed`, unit, peerName: "dvc add", goal: "<= 0.15" },
      await again(base),
    );
  } finally {
    rmSync(base, { recursive: true });
  }
}

async function again(base: string): Promise<{ readonly ours: number; readonly peer: number }> {
  const ours = newProject(base);
  const theirs = newProject(base);
  await addOurs(ours);
  await addTheirs(theirs);
  return pairs(
    () => addOurs(ours),
    () => addTheirs(theirs),
  );
}

/** A new DVC project whose `data/` holds files that no other has. */
function newProject(base: string): string {
  const folder = mkdtempSync(join(base, "project-"));
  mkdirSync(join(folder, ".dvc"));
  writeFileSync(join(folder, ".dvc", "config"), "[core]\n    no_scm = True\n");
  mkdirSync(join(folder, "data"));
  for (let i = 0; i < fileCount; i++) writeFileSync(join(folder, "data", `${i}.bin`), randomBytes(fileBytes));
  // What the set-up wrote must not be written out at the cost of what is measured.
  execFileSync("sync", ["-f", folder]);
  return folder;
}

function addOurs(folder: string): Promise<number> {
  return milliseconds(() => addData(findProject(folder), "data"));
}

function addTheirs(folder: string): Promise<number> {
  return milliseconds(() =>
    execFileSync(tool("dvc"), ["add", "-q", "data"], { cwd: folder, env: environment(folder) }),
  );
}

function copy(folder: string): Promise<number> {
  return milliseconds(() => {
    execFileSync("cp", ["-r", "data", "copy"], { cwd: folder });
    execFileSync("sync", ["-f", folder]);
  });
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, DVC_NO_ANALYTICS: "1", DVC_SITE_CACHE_DIR: join(folder, ".site-cache") };
}
