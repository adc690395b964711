import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { workingFolder } from "../context.ts";
import { ModelFlavorError } from "./model-errors.ts";

/** A package of the user's project, or the one beside Stemma. */
export interface ProjectPackage {
  readonly name: string;
  readonly version: string;
  /** What it exports, a default export's members too. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** Another package as this one would find it. */
  near(name: string): Promise<ProjectPackage>;
}

/**
 * Loads the first of some packages that is installed, seen from the notebook's folder, then from Stemma.
 *
 * @throws {ModelFlavorError} none is; `why` begins the sentence
 */
export async function importPackage(names: readonly string[], why: string): Promise<ProjectPackage> {
  const found = locate(names, [join(workingFolder(), "cell.js"), import.meta.filename]);
  if (found === null)
    throw new ModelFlavorError(`${why} needs the package ${names.join(" or ")}. Run npm install ${names[0]}.`);
  const loaded: Record<string, unknown> = await import(pathToFileURL(found.file).href);
  const inner: unknown = loaded["default"];
  const members = typeof inner === "object" || typeof inner === "function" ? Object(inner) : {};
  return {
    name: found.name,
    version: versionAbove(found.file),
    exports: { ...membersOf(members), ...loaded },
    near: (name) => importFrom(found.file, name, why),
  };
}

async function importFrom(file: string, name: string, why: string): Promise<ProjectPackage> {
  const near = locate([name], [file]);
  if (near === null) throw new ModelFlavorError(`${why} needs the package ${name}. Run npm install ${name}.`);
  const loaded: Record<string, unknown> = await import(pathToFileURL(near.file).href);
  return {
    name,
    version: versionAbove(near.file),
    exports: { ...membersOf(Object(loaded["default"] ?? {})), ...loaded },
    near: (other) => importFrom(near.file, other, why),
  };
}

function membersOf(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value));
}

function locate(
  names: readonly string[],
  from: readonly string[],
): { readonly name: string; readonly file: string } | null {
  for (const start of from)
    for (const name of names) {
      const file = resolved(createRequire(start), name);
      if (file !== null) return { name, file };
    }
  return null;
}

function resolved(require: NodeJS.Require, name: string): string | null {
  try {
    return require.resolve(name);
  } catch {
    // Not there: the next place is asked, and the caller says so in the end.
    return null;
  }
}

/** The version in the package.json that a file belongs to. */
function versionAbove(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const version = versionIn(join(folder, "package.json"));
    if (version !== null) return version;
  }
  return "*";
}

function versionIn(file: string): string | null {
  try {
    const { version }: { readonly version?: unknown } = JSON.parse(readFileSync(file, "utf8"));
    return typeof version === "string" ? version : null;
  } catch {
    // No package.json here, or one that only says "type": the next folder above is asked.
    return null;
  }
}
