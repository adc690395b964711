import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../support/tools.ts";

/** What a command line did. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const program = join(root, "src", "cli", "main.ts");

/** Runs `stemma …` as a program of its own in a folder. */
export function stemma(folder: string, ...args: readonly string[]): Ended {
  const ended = spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: "utf8" });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
}

/** Starts `stemma …` and leaves it running. */
export function startStemma(folder: string, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
}

export function emptyFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "stemma-cli-")));
}
