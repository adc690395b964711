import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, stamps } from "./places.mjs";

/** Digest of files and of all files below folders, with their names; `paths` are relative to the repository. */
export function digestOf(paths) {
  const hash = createHash("sha256").update(root);
  for (const path of paths.flatMap(filesAt).sort()) hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  return hash.digest("hex");
}

function filesAt(path) {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (!found.isDirectory()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => filesAt(join(path, name)));
}

/** True when `name` was last done with this digest. */
export function isStamped(name, digest) {
  const path = join(stamps, name);
  return existsSync(path) && readFileSync(path, "utf8") === digest;
}

/** Remembers that `name` was done with this digest. */
export function stamp(name, digest) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, name), digest);
}
