import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { exportedNames } from "./exported-names.ts";
import type { Compilation, TypeScript } from "./typescript.ts";

/** Lines that import names which a cell does not know. */
export interface ImportLines {
  /** For one name: `import { mean } from "simple-statistics"`, from packages of the project first, then from Node. */
  of(name: string): readonly string[];
  /** For names that start so, at most ten. */
  startingWith(start: string): readonly string[];
}

const mostLines = 10;
const mostOfOne = 3;

/**
 * The names that installed packages and Node's own modules export. They are read when the first is asked for, and again
 * when package.json changes: the names only, without a check of the packages' types.
 */
export function importLines(ts: TypeScript, compilation: Compilation): ImportLines {
  let kept: { readonly stamp: string; readonly names: ReadonlyMap<string, readonly string[]> } | null = null;
  const names = (): ReadonlyMap<string, readonly string[]> => {
    const manifest = nearestManifest(compilation.folder);
    const stamp = manifest?.stamp ?? "";
    if (kept?.stamp !== stamp) kept = { stamp, names: namesOf(ts, compilation, manifest?.path ?? null) };
    return kept.names;
  };
  const lines = (name: string): string[] =>
    (names().get(name) ?? []).slice(0, mostOfOne).map((from) => `import { ${name} } from "${from}"`);
  return {
    of: lines,
    startingWith: (start) =>
      [...names().keys()]
        .filter((name) => name.startsWith(start))
        .sort((one, other) => one.length - other.length)
        .flatMap(lines)
        .slice(0, mostLines),
  };
}

function namesOf(
  ts: TypeScript,
  compilation: Compilation,
  manifest: string | null,
): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  const add = (name: string, specifier: string): void => {
    names.set(name, [...(names.get(name) ?? []), specifier]);
  };
  for (const specifier of manifest === null ? [] : dependencies(manifest))
    for (const name of exportedNames(ts, compilation, specifier)) add(name, specifier);
  const checker = compilation.program?.getTypeChecker();
  for (const module of checker?.getAmbientModules() ?? []) {
    const specifier = module.name.slice(1, -1);
    if (!specifier.startsWith("node:")) continue;
    for (const { name } of checker?.getExportsOfModule(module) ?? []) if (name !== "default") add(name, specifier);
  }
  return names;
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
