import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { exportedNames } from "./exported-names.ts";
import type { Compilation, TypeScript } from "./typescript.ts";

/**
 * Lines that import names which a cell does not know, as far as these have been read: the packages of a large project take
 * a second or two, which nobody waits for.
 */
export interface ImportLines {
  /** For one name: `import { mean } from "simple-statistics"`, from packages of the project first, then from Node. */
  of(name: string): readonly string[];
  /** For names that start so, at most ten. */
  startingWith(start: string): readonly string[];
  /**
   * Reads on, Node's own modules first; anew where package.json has changed.
   *
   * @param ms after which it stops, when the file it reads has ended
   * @returns whether all is read
   */
  readOn(ms: number): boolean;
}

const mostLines = 10;
const mostOfOne = 3;

/** The names that installed packages and Node's own modules export: the names only, without a check of their types. */
export function importLines(ts: TypeScript, compilation: Compilation): ImportLines {
  /** What is looked at: an old one until a new one is complete. */
  let shown: Reading | null = null;
  let newest: Reading | null = null;
  const readOn = (ms: number): boolean => {
    const manifest = nearestManifest(compilation.folder);
    const stamp = manifest?.stamp ?? "";
    if (newest?.stamp !== stamp) newest = newReading(ts, compilation, { stamp, path: manifest?.path ?? null });
    shown ??= newest;
    if (newest.isDone) return true;
    const start = performance.now();
    do newest.isDone = newest.steps.next().done === true;
    while (!newest.isDone && performance.now() - start < ms);
    if (newest.isDone) shown = newest;
    return newest.isDone;
  };
  const lines = (name: string): string[] => {
    const from = [...(shown?.packages.get(name) ?? []), ...(shown?.node.get(name) ?? [])];
    return from.slice(0, mostOfOne).map((specifier) => `import { ${name} } from "${specifier}"`);
  };
  return {
    of: lines,
    startingWith: (start) =>
      [...new Set([...(shown?.packages.keys() ?? []), ...(shown?.node.keys() ?? [])])]
        .filter((name) => name.startsWith(start))
        .sort((one, other) => one.length - other.length)
        .flatMap(lines)
        .slice(0, mostLines),
    readOn,
  };
}

/** By name, what exports it. */
type Names = Map<string, string[]>;

interface Reading {
  /** Of the package.json that it is for. */
  readonly stamp: string;
  readonly node: Names;
  readonly packages: Names;
  readonly steps: Generator<void, void>;
  isDone: boolean;
}

function newReading(
  ts: TypeScript,
  compilation: Compilation,
  manifest: { readonly stamp: string; readonly path: string | null },
): Reading {
  const node: Names = new Map();
  const packages: Names = new Map();
  function* steps(): Generator<void, void> {
    yield* readNode(compilation, node);
    for (const specifier of manifest.path === null ? [] : dependencies(manifest.path))
      for (const name of yield* exportedNames(ts, compilation, specifier)) add(packages, name, specifier);
  }
  return { stamp: manifest.stamp, node, packages, steps: steps(), isDone: false };
}

function* readNode(compilation: Compilation, names: Names): Generator<void, void> {
  const checker = compilation.program?.getTypeChecker();
  for (const module of checker?.getAmbientModules() ?? []) {
    const specifier = module.name.slice(1, -1);
    if (!specifier.startsWith("node:")) continue;
    for (const { name } of checker?.getExportsOfModule(module) ?? [])
      if (name !== "default") add(names, name, specifier);
    yield;
  }
}

function add(names: Names, name: string, specifier: string): void {
  const known = names.get(name);
  if (known === undefined) names.set(name, [specifier]);
  else known.push(specifier);
}

function nearestManifest(folder: string): { readonly path: string; readonly stamp: string } | null {
  const path = join(folder, "package.json");
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts !== undefined) return { path, stamp: `${path} ${facts.mtimeMs}` };
  return dirname(folder) === folder ? null : nearestManifest(dirname(folder));
}

function dependencies(manifest: string): string[] {
  try {
    const { dependencies: own = {}, devDependencies: more = {} } = JSON.parse(readFileSync(manifest, "utf8")) as Record<
      string,
      object
    >;
    return [...Object.keys(own), ...Object.keys(more)].filter((name) => !name.startsWith("@types/"));
  } catch {
    // Being written, or wrong: npm tells that better. There are then no suggestions from it.
    return [];
  }
}
