import { lstat, mkdir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { MlflowError } from "../format/index.ts";

/**
 * The segments of an artifact's path, after it was decoded.
 *
 * Refused: absolute, `.`, `..`, empty segments, a backslash, a drive letter, control characters, and anything that becomes
 * one of these when it is decoded once more (CVE-2024-1560 was a double decode).
 *
 * @param path relative to the run's artifact folder, with `/`; empty for the folder itself
 * @throws {MlflowError} the path may not be used
 */
export function artifactSegments(path: string): readonly string[] {
  if (path === "") return [];
  for (const decoded of decodings(path)) {
    const segments = decoded.split("/");
    if (segments.some(isUnsafe) || /^[A-Za-z]:/.test(decoded)) throw invalidPath(path);
  }
  return path.split("/");
}

/**
 * The real path of an existing file or folder below `root`; null when there is none.
 *
 * @throws {MlflowError} a link on the way leads out of `root`
 */
export async function findInside(root: string, segments: readonly string[]): Promise<string | null> {
  const base = await realpath(root).catch(absent);
  if (base === null) return null;
  const found = await realpath(join(base, ...segments)).catch(absent);
  if (found === null) return null;
  if (found !== base && !found.startsWith(base + sep)) throw invalidPath(segments.join("/"));
  return found;
}

/**
 * Makes the folders above a file to write, and gives the file's absolute path.
 *
 * @throws {MlflowError} one of the folders is a link or a file, or a folder has the file's name
 */
export async function placeInside(root: string, segments: readonly string[]): Promise<string> {
  await mkdir(root, { recursive: true });
  const base = await realpath(root);
  const path = join(base, ...segments);
  for (let depth = 1; depth < segments.length; depth++) {
    const folder = join(base, ...segments.slice(0, depth));
    await mkdir(folder).catch(ignoreExisting);
    if (!(await lstat(folder)).isDirectory()) throw invalidPath(segments.join("/"));
  }
  const there = await lstat(path).catch(absent);
  if (segments.length === 0 || there?.isDirectory()) throw invalidPath(segments.join("/"));
  return path;
}

// The path as it came, and decoded further as long as that changes it.
function decodings(path: string): readonly string[] {
  const all = [path];
  for (let last = path; all.length < 8; ) {
    const next = decodeOnce(last);
    if (next === last) return all;
    all.push(next);
    last = next;
  }
  throw invalidPath(path);
}

function decodeOnce(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // "50%.txt" is a name like any other.
    return path;
  }
}

function isUnsafe(segment: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return segment === "" || segment === "." || segment === ".." || /[\\\u0000-\u001f\u007f]/.test(segment);
}

function invalidPath(path: string): MlflowError {
  return new MlflowError(
    "INVALID_PARAMETER_VALUE",
    `Invalid path ${JSON.stringify(path)}. Use a path inside the run's artifacts, with '/' between names and no '..'.`,
  );
}

function absent(cause: NodeJS.ErrnoException): null {
  if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return null;
  throw cause;
}

function ignoreExisting(cause: NodeJS.ErrnoException): void {
  if (cause.code !== "EEXIST") throw cause;
}
