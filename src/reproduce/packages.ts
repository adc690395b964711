import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { md5 } from "../store/index.ts";
import { type Place, placed } from "./place.ts";
import { ended } from "./processes.ts";

/** How packages came into a place, or why they cannot. */
export interface MadePackages {
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  /** Installs them; null where that is done, or not needed. */
  readonly install: ((signal: AbortSignal, onOutput: (text: string) => void) => Promise<void>) | null;
}

/** A lock file as a run keeps it: "package-lock.json md5 …". */
interface Lock {
  readonly name: string;
  readonly digest: string;
}

/**
 * The packages of a run: those installed now where the lock file is still the same, else those that the lock file of the run's
 * commit says.
 *
 * @param folder the working folder of the run, absolute, in the user's project @param tag `stemma.packages.lock` of the run
 */
export function makePackages(place: Place, folder: string, tag: string | undefined): MadePackages {
  const lock = lockOf(tag);
  const file = lock === null ? null : nearest(folder, lock.name);
  if (lock === null || (file !== null && digestOf(file) === lock.digest)) {
    linkPackages(place, folder, file);
    return { problems: [], notes: [], install: null };
  }
  return packagesOfThen(place, folder, lock);
}

function packagesOfThen(place: Place, folder: string, lock: Lock): MadePackages {
  const inPlace = placed(place, folder);
  const then = inPlace === null ? null : nearest(inPlace, lock.name);
  if (then === null || !then.startsWith(place.top) || digestOf(then) !== lock.digest) {
    const problem = `The ${lock.name} that it ran with (md5 ${lock.digest}) is neither here nor in its commit: its packages are not known.`;
    return { problems: [problem], notes: [], install: null };
  }
  if (!/^(package-lock|npm-shrinkwrap)\.json$/.test(lock.name)) {
    linkPackages(place, folder, null);
    const note = `Packages are those of today: ${lock.name} has changed, and only npm's lock files are installed anew.`;
    return { problems: [], notes: [note], install: null };
  }
  linkFromAbove(place, null);
  const install = (signal: AbortSignal, onOutput: (text: string) => void): Promise<void> => {
    const child = spawn("npm", ["ci", "--no-audit", "--no-fund"], {
      cwd: dirname(then),
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
      shell: process.platform === "win32",
    });
    return ended(child, { name: `npm ci in ${dirname(then)}`, signal, onOutput });
  };
  return { problems: [], notes: [], install };
}

function lockOf(tag = ""): Lock | null {
  const [, name, digest] = /^(.+) md5 ([0-9a-f]{32})$/.exec(tag) ?? [];
  return name === undefined || digest === undefined ? null : { name, digest };
}

function digestOf(file: string): string {
  return md5(readFileSync(file));
}

function nearest(folder: string, name: string): string | null {
  for (let place = folder; ; place = dirname(place)) {
    if (existsSync(join(place, name))) return join(place, name);
    if (dirname(place) === place) return null;
  }
}

/** Makes the packages that the folder sees visible in the place, from each `node_modules` on the way up. */
function linkPackages(place: Place, folder: string, lock: string | null): void {
  for (let from = folder; ; from = dirname(from)) {
    const inside = placed(place, from);
    if (inside === null || from === dirname(from)) break;
    if (existsSync(join(from, "node_modules"))) linkEntries(join(from, "node_modules"), join(inside, "node_modules"));
  }
  linkFromAbove(place, lock);
}

// A folder above the repository holds its packages, as in a workspace: the temporary folder around the place stands for it.
function linkFromAbove(place: Place, lock: string | null): void {
  if (place.base === place.top) return;
  const above = nearest(dirname(place.userTop), "node_modules");
  if (above !== null) linkEntries(above, join(place.base, "node_modules"));
  for (const name of lock === null ? [] : [basename(lock), "package.json"]) {
    const file = nearest(dirname(place.userTop), name);
    const isAbove = lock !== null && relative(place.userTop, lock).startsWith("..");
    if (file !== null && isAbove) symlinkSync(file, join(place.base, name));
  }
}

/** A folder of links: `node_modules/` of a .gitignore means a folder, and none that is a link itself. */
function linkEntries(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) if (!existsSync(join(to, name))) symlinkSync(join(from, name), join(to, name));
}
