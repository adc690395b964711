import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type ErrorFacts, errorFacts, StemmaError } from "../../error.ts";
import { parseDir } from "../../format/index.ts";
import { CorruptObjectError, type Objects, type Project } from "../../store/index.ts";
import type { Beside } from "../encoding/index.ts";
import type { Value } from "../values/index.ts";
import { arraysBeside } from "./array-file.ts";
import { keptObjects } from "./kept-objects.ts";
import { objectsIn } from "./objects-in.ts";

/** A text as a row keeps it: itself where it is short, else the MD5 of an object; and the objects that it points to. */
export interface TextRow {
  readonly body: string | null;
  readonly object: string | null;
  /** MD5s with spaces between them; null: none. */
  readonly parts: string | null;
}

/** Longer texts are files in `stemma/objects`. */
const rowBytes = 64 * 1024;

/** An object is older than the row that points to it, but for the part of a millisecond that the row's time has lost. */
const slackMs = 1;

/** Texts of values of one project, short ones in rows, long ones as objects. */
export class KeptTexts {
  readonly objects: Objects;
  /** What reads the arrays beside a text. */
  readonly arrays: Beside;
  /** Objects younger than what points to them, which were looked at. */
  readonly #verified = new Set<string>();

  constructor(project: Project) {
    this.objects = keptObjects(join(project.stemmaFolder, "objects"));
    this.arrays = arraysBeside((digest) => new Uint8Array(readObject(this.objects, digest)));
  }

  /** Keeps a text; one that is long is on the disk when it returns. */
  put(text: string): TextRow {
    const long = text.length * 3 > rowBytes && Buffer.byteLength(text) > rowBytes;
    const parts = objectsIn(text).join(" ") || null;
    return long ? { body: null, object: this.objects.put(text), parts } : { body: text, object: null, parts };
  }

  /**
   * The value of a row; null where its bytes, or some that it points to, are gone or were changed.
   *
   * @param row with the digest of its text, and when it was written
   */
  value(row: TextRow & { readonly digest: string; readonly time: number }): Value | null {
    const needed = [...(row.object === null ? [] : [row.object]), ...(row.parts?.split(" ") ?? [])];
    if (!needed.every((object) => this.#isWhole(object, row.time))) return null;
    const { body, object } = row;
    const text = (): string => body ?? readObject(this.objects, object ?? "").toString("utf8");
    return { digest: row.digest, text, ...(row.parts === null ? {} : { beside: this.arrays }) };
  }

  // Who damages a file leaves its time behind. What changed by itself is noticed when it is read.
  #isWhole(object: string, writtenMs: number): boolean {
    const stat = statSync(this.objects.pathOf(object), { throwIfNoEntry: false });
    if (stat === undefined) return false;
    if (object.endsWith(".dir") && !this.#hasFiles(object, writtenMs)) return false;
    if (stat.mtimeMs <= writtenMs + slackMs) return true;
    const stamp = `${object} ${stat.mtimeMs} ${stat.size}`;
    if (this.#verified.has(stamp)) return true;
    if (!this.objects.isWhole(object)) {
      rmSync(this.objects.pathOf(object), { force: true });
      return false;
    }
    this.#verified.add(stamp);
    return true;
  }

  #hasFiles(listing: string, writtenMs: number): boolean {
    return folderMembers(this.objects, listing).every((md5) => this.#isWhole(md5, writtenMs));
  }
}

/** The objects that the listing of a kept folder names; none where it is gone. */
export function folderMembers(objects: Objects, listing: string): readonly string[] {
  if (!objects.has(listing)) return [];
  return parseDir(readObject(objects, listing).toString("utf8"), listing).map(({ md5 }) => md5);
}

/** The bytes of an object, as they were written. @throws {DamagedResultError} and takes it away */
export function readObject(objects: Objects, digest: string): Buffer {
  try {
    return objects.get(digest);
  } catch (error) {
    if (!(error instanceof CorruptObjectError)) throw error;
    rmSync(objects.pathOf(digest), { force: true });
    throw new DamagedResultError(digest);
  }
}

/** The bytes of a kept result are not those that were written; they are taken away, so that the step runs again. */
export class DamagedResultError extends StemmaError {
  constructor(object: string) {
    super(
      "DAMAGED_RESULT",
      `The kept result ${object} was damaged on the disk and has been taken away. Run the flow again.`,
    );
  }
}

/** Whether something failed because the bytes of a kept result were damaged; also where a worker told it. */
export function isDamaged(thrown: unknown): boolean {
  for (let facts: ErrorFacts | undefined = errorFacts(thrown); facts !== undefined; facts = facts.cause) {
    if (facts.code === "DAMAGED_RESULT") return true;
  }
  return false;
}
