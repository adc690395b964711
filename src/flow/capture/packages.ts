import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** An installed package, or the project itself. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

/** What an import statement leads to. */
export type ImportTarget =
  | { readonly kind: "builtin"; readonly specifier: string }
  | { readonly kind: "package"; readonly specifier: string; readonly name: string; readonly version: string }
  /** A file of the user's own, links resolved. */
  | { readonly kind: "file"; readonly file: string };

/**
 * What a file means by a specifier; null for what Node itself would not find, such as an alias of a bundler.
 *
 * @param importer path of the file
 */
export function importTarget(specifier: string, importer: string): ImportTarget | null {
  if (isBuiltin(specifier)) {
    return { kind: "builtin", specifier: specifier.startsWith("node:") ? specifier : `node:${specifier}` };
  }
  if (/^(\.{0,2}\/|file:)/.test(specifier)) return fileTarget(pathOf(specifier, importer));
  if (/^[a-z][\w+.-]*:/i.test(specifier)) return null;
  const name = packageName(specifier);
  const found = specifier.startsWith("#") ? null : installed(name, dirname(importer));
  if (found !== null) return { kind: "package", specifier, name, version: found.version };
  return fileTarget(resolvedFrom(importer, specifier));
}

/** `arquero` of `arquero/src/op.js`, `@scope/name` of `@scope/name/part`. */
export function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** What `require.resolve()` in a file gives; null where it finds nothing. */
export function resolvedFrom(importer: string, specifier: string): string | null {
  try {
    return createRequire(importer).resolve(specifier);
  } catch {
    return null;
  }
}

function pathOf(specifier: string, importer: string): string | null {
  try {
    if (specifier.startsWith("file:")) return fileURLToPath(specifier);
    return resolve(dirname(importer), decodeURIComponent(specifier.replace(/[?#].*$/s, "")));
  } catch {
    return null;
  }
}

function fileTarget(path: string | null): ImportTarget | null {
  if (path === null || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null;
  const file = realpathSync.native(path);
  const found = file.includes(`${sep}node_modules${sep}`) ? packageOf(file) : null;
  return found === null
    ? { kind: "file", file }
    : { kind: "package", specifier: file, name: found.name, version: found.version };
}

function installed(name: string, folder: string): Package | null {
  const found = readPackage(join(folder, "node_modules", name));
  if (found !== null || folder === dirname(folder)) return found;
  return installed(name, dirname(folder));
}

const packages = new Map<string, Package | null>();

/** The package that a file belongs to: the nearest folder above with a `package.json` that has a name. */
export function packageOf(file: string): Package | null {
  const folder = dirname(file);
  const seen = packages.get(folder);
  if (seen !== undefined) return seen;
  const found = readPackage(folder) ?? (folder === dirname(folder) ? null : packageOf(folder));
  packages.set(folder, found);
  return found;
}

function readPackage(folder: string): Package | null {
  const path = join(folder, "package.json");
  if (!existsSync(path)) return null;
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    const field = (key: string): unknown =>
      typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, key) : undefined;
    const name = field("name");
    return typeof name === "string" ? { name, version: String(field("version") ?? "0.0.0"), folder } : null;
  } catch {
    return null;
  }
}
