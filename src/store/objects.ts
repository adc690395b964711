import { existsSync, readFileSync, statSync } from "node:fs";
import { StemmaError } from "../error.ts";
import { md5 } from "./digest.ts";
import { writeDurable } from "./files.ts";
import { digestsOf } from "./hashed-file.ts";
import { heldObjects, holds, objectPath } from "./object-path.ts";
import { type PutFile, type PutOptions, putFiles } from "./put-files.ts";
import type { SeenFile } from "./stage-file.ts";

/**
 * Bytes by their MD5, in the layout of DVC 3's cache: `files/md5/ab/cdef…`, mode 0444.
 * To DVC that mode means "verified, never hash again", so nothing gets it that was not hashed while it was written.
 */
export interface Objects {
  /** The folder that holds `files/md5/`. */
  readonly folder: string;
  /** Where the object is, or would be. */
  pathOf(digest: string): string;
  has(digest: string): boolean;
  /** Which of many are there; much cheaper than one by one. */
  hasOf(digests: readonly string[]): ReadonlySet<string>;
  /**
   * The bytes, verified.
   *
   * @throws {MissingObjectError} @throws {CorruptObjectError}
   */
  get(digest: string): Buffer;
  /** Whether an object that is there holds the bytes of its name: of any length, read in pieces. Blocking. */
  isWhole(digest: string): boolean;
  /** Keeps bytes and gives their digest; on the disk when it returns. `dir`: the listing of a folder. */
  put(bytes: Uint8Array | string, options?: { readonly dir?: boolean }): string;
  /** Keeps a file's bytes and gives their digest. */
  putFile(path: string): Promise<string>;
  /** Keeps many files as one group; far cheaper than one by one. Answers in the order of the files. */
  putFiles(files: readonly (string | SeenFile)[], options?: PutOptions): Promise<readonly PutFile[]>;
}

/** The object is not in the store. */
export class MissingObjectError extends StemmaError {
  readonly digest: string;

  constructor(digest: string, folder: string) {
    super("MISSING_OBJECT", `${digest} is not in ${folder}. Get it from the remote, or run the step that makes it.`);
    this.digest = digest;
  }
}

/** The object's bytes are not those of its name. */
export class CorruptObjectError extends StemmaError {
  readonly digest: string;

  constructor(digest: string, path: string) {
    super(
      "CORRUPT_OBJECT",
      `${path} does not hold the bytes of ${digest}. Delete it and get it from the remote again.`,
    );
    this.digest = digest;
  }
}

/** Opens a store of objects; the folder is made by the first `put`. */
export function openObjects(folder: string): Objects {
  const pathOf = (digest: string): string => objectPath(folder, digest);
  return {
    folder,
    pathOf,
    has: (digest) => existsSync(pathOf(digest)),
    hasOf: (digests) => heldObjects(folder, digests),
    get: (digest) => readObject(digest, pathOf(digest), folder),
    isWhole: (digest) => {
      const path = pathOf(digest);
      return digestsOf([{ path, bytes: statSync(path).size }])[0] === digest.slice(0, 32);
    },
    put: (bytes, options = {}) => putBytes(folder, bytes, options.dir === true ? ".dir" : ""),
    putFile: async (path) => (await putFiles(folder, [path]))[0]?.md5 ?? "",
    putFiles: (files, options) => putFiles(folder, files, options),
  };
}

function readObject(digest: string, path: string, folder: string): Buffer {
  const bytes = existsSync(path) ? readFileSync(path) : null;
  if (bytes === null) throw new MissingObjectError(digest, folder);
  if (md5(bytes) !== digest.slice(0, 32)) throw new CorruptObjectError(digest, path);
  return bytes;
}

function putBytes(folder: string, bytes: Uint8Array | string, suffix: string): string {
  const digest = md5(bytes) + suffix;
  const path = objectPath(folder, digest);
  if (!holds(path, Buffer.byteLength(bytes))) writeDurable(path, bytes, { mode: 0o444 });
  return digest;
}
