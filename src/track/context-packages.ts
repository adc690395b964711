import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { md5 } from "../store/index.ts";

/** What the code runs with: what a lock file fixes, and the versions that are installed. */
export interface Packages {
  /** "package-lock.json md5 …"; null without a lock file. */
  readonly lock: string | null;
  /** Installed versions of the packages that the nearest package.json names. */
  readonly versions: Readonly<Record<string, string>>;
}

const lockNames = [
  "package-lock.json",
  "npm-shrinkwrap.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "bun.lock",
  "bun.lockb",
  "deno.lock",
];

interface Kept {
  readonly stamp: string;
  readonly packages: Packages;
}

const kept = new Map<string, Kept>();

/** The packages of a folder; read again when its lock file or package.json has changed. */
export function packagesOf(folder: string): Packages {
  const lock = nearest(folder, lockNames);
  const manifest = nearest(folder, ["package.json"]);
  const stamp = [lock, manifest].map(stampOf).join(" ");
  const known = kept.get(folder);
  if (known?.stamp === stamp) return known.packages;
  const packages = {
    lock: lock === null ? null : `${basename(lock)} md5 ${md5(readFileSync(lock))}`,
    versions: manifest === null ? {} : installedVersions(manifest),
  };
  kept.set(folder, { stamp, packages });
  return packages;
}

/** Name and version of the package that the running program is: "tslab 1.0.22"; null where it is in none. */
export function programPackage(script: string | undefined): string | null {
  if (script === undefined || !existsSync(script)) return null;
  const manifest = nearest(dirname(realpathSync(script)), ["package.json"]);
  const { name, version } = manifest === null ? {} : readManifest(manifest);
  return typeof name === "string" && typeof version === "string" ? `${name} ${version}` : null;
}

function nearest(folder: string, names: readonly string[]): string | null {
  for (let place = folder; ; place = dirname(place)) {
    const found = names.map((name) => join(place, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (dirname(place) === place) return null;
  }
}

function stampOf(path: string | null): string {
  if (path === null) return "none";
  const { mtimeMs, size } = statSync(path);
  return `${path}:${mtimeMs}:${size}`;
}

function installedVersions(manifest: string): Readonly<Record<string, string>> {
  const { dependencies, devDependencies, optionalDependencies } = readManifest(manifest);
  const names = [dependencies, devDependencies, optionalDependencies].flatMap((list) => Object.keys(Object(list)));
  const versions = [...new Set(names)].sort().map((name) => {
    const installed = nearest(dirname(manifest), [join("node_modules", name, "package.json")]);
    const { version } = installed === null ? {} : readManifest(installed);
    return [name, typeof version === "string" ? version : null] as const;
  });
  return Object.fromEntries(versions.filter((one): one is readonly [string, string] => one[1] !== null));
}

function readManifest(path: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Half-written by an install that runs now, or no JSON: a run is not refused for that.
    return {};
  }
}
