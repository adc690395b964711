import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseFullError, isDiskFull } from "./database-error.ts";
import type { Project } from "./project.ts";

/** What room is kept for: that tasks failed and what they printed, of which there may be many; how the run itself ended. */
export type ReservePart = "records" | "end";

const parts: readonly ReservePart[] = ["records", "end"];

/** A small write takes some pages of 4 KiB in the database's log. */
const bytes = 512 * 1024;

/**
 * Keeps some room of the disk, in files `stemma/reserve/…`, for what has to be written when there is no other, and what would
 * else count as running until its process ends.
 */
export function keepReserve(project: Project): void {
  for (const part of parts) {
    const path = reservePath(project, part);
    if (existsSync(path)) continue;
    try {
      mkdirSync(dirname(path), { recursive: true });
      // Nothing that a file system could store in less.
      writeFileSync(path, randomBytes(bytes));
    } catch (error) {
      rmSync(path, { force: true });
      if (!isDiskFull(error)) throw error;
    }
  }
}

/** Gives the room that was kept for something; the next run keeps some again. */
export function freeReserve(project: Project, part: ReservePart): void {
  rmSync(reservePath(project, part), { force: true });
}

/** Does the last work of a run, and again with the room that was kept where there was none. @throws {DatabaseFullError} not even so */
export async function withReserve<T>(project: Project, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseFullError)) throw error;
    freeReserve(project, "end");
    return await work();
  }
}

function reservePath({ stemmaFolder }: Project, part: ReservePart): string {
  return join(stemmaFolder, "reserve", part);
}
