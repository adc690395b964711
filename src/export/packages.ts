import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of an installed package as code in `folder` finds it, or null. */
export function packageFolder(folder: string, name: string): string | null {
  const candidate = join(folder, "node_modules", name);
  if (existsSync(join(candidate, "package.json"))) return candidate;
  const parent = dirname(folder);
  return parent === folder ? null : packageFolder(parent, name);
}

/** The installed version of a package, or null. */
export function packageVersion(folder: string, name: string): string | null {
  const place = packageFolder(folder, name);
  const version = place === null ? null : manifest(place)["version"];
  return typeof version === "string" ? version : null;
}

export type Overrides = Readonly<Record<string, unknown>>;

/**
 * The `overrides` of the notebook's own project that bear on these packages and on what they depend on: without them
 * an install elsewhere could take other versions than the notebook has, or none.
 */
export function overridesFor(folder: string, names: readonly string[]): Overrides {
  const project = projectWithOverrides(folder);
  if (project === null) return {};
  const below = dependencies(folder, names);
  const direct = fields(project["dependencies"]);
  const entries = Object.entries(fields(project["overrides"]))
    .filter(([key]) => below.has(key.replace(/(.)@.*$/, "$1")))
    // "$name" stands for what the project itself asks for.
    .map(([key, value]) => [key, typeof value === "string" && value.startsWith("$") ? direct[value.slice(1)] : value]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function projectWithOverrides(folder: string): Overrides | null {
  const found = existsSync(join(folder, "package.json")) ? manifest(folder) : {};
  if (found["overrides"] !== undefined) return found;
  const parent = dirname(folder);
  return parent === folder ? null : projectWithOverrides(parent);
}

function dependencies(folder: string, names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (from: string, name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const place = packageFolder(from, name);
    if (place === null) return;
    const { dependencies: needed, optionalDependencies: optional } = manifest(place);
    for (const next of [...Object.keys(fields(needed)), ...Object.keys(fields(optional))]) visit(place, next);
  };
  for (const name of names) visit(folder, name);
  return seen;
}

function manifest(folder: string): Overrides {
  return fields(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
}

function fields(value: unknown): Overrides {
  return typeof value === "object" && value !== null ? (value as Overrides) : {};
}
