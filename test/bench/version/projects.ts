import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, tool } from "../../support/tools.ts";
import { milliseconds } from "../bench.ts";

/** A new DVC project whose `data/` holds `files` files of 4 KiB that no other has. */
export function newProject(base: string, files: number): string {
  const folder = mkdtempSync(join(base, "project-"));
  mkdirSync(join(folder, ".dvc"));
  writeFileSync(join(folder, ".dvc", "config"), "[core]\n    no_scm = True\n");
  mkdirSync(join(folder, "data"));
  for (let i = 0; i < files; i++) writeFileSync(join(folder, "data", `${i}.bin`), randomBytes(4096));
  settle(folder);
  return folder;
}

/**
 * Has the disk take what was written so far: ours ends on the disk, DVC's does not, so what the set-up or the peer left would be
 * written out at the cost of what is measured.
 */
export function settle(folder: string): void {
  execFileSync("sync", ["-f", folder]);
}

/** A folder of the library as `npm run build:library` compiles it: threads that start from sources would compile them each time. */
async function built<T>(folder: string): Promise<T> {
  return (await import(pathToFileURL(join(root, "build", "library", folder, "index.js")).href)) as T;
}

export const version: Promise<typeof import("../../../src/version/index.ts")> = built("version");
export const store: Promise<typeof import("../../../src/store/index.ts")> = built("store");

export async function addOurs(folder: string): Promise<number> {
  const { addData } = await version;
  const { findProject } = await store;
  return milliseconds(() => addData(findProject(folder), "data"));
}

/** Real DVC, its own process and imports included: that is what a user waits for. */
export function dvc(folder: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, DVC_NO_ANALYTICS: "1", DVC_SITE_CACHE_DIR: join(folder, ".site-cache") };
  return milliseconds(() => execFileSync(tool("dvc"), [...args], { cwd: folder, env, stdio: "ignore" }));
}
