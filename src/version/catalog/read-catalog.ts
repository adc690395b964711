import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseYaml, plainValue } from "../../format/index.ts";
import type { Project } from "../../store/index.ts";
import { CatalogError } from "./catalog-error.ts";
import type { Catalog, DataSet } from "./data-set.ts";
import { type Entry, isEntry } from "./entry.ts";
import { parseSet } from "./parse-set.ts";
import { isPattern, moreSpecific } from "./patterns.ts";

/**
 * The data sets of a project: of `stemma.catalog` in package.json, of `catalog.yaml`, or of a Kedro project's `conf/base/catalog*.yml`;
 * over them those of the environment that STEMMA_ENV (or KEDRO_ENV) names, and over all `catalog.local.yaml` or `conf/local`. A set
 * of an upper file replaces the one of that name below.
 *
 * @throws {CatalogError} @throws {FormatError} no YAML
 */
export function readCatalog(project: Project): Catalog {
  const layers = layersOf(project);
  const entries = new Map<string, { readonly entry: unknown; readonly file: string }>();
  const values = new Map<string, string>();
  for (const { file, content } of layers) {
    for (const [name, entry] of Object.entries(content)) {
      // Kedro's way to keep anchors and words for use in other entries.
      if (name.startsWith("_")) {
        if (typeof entry === "string" || typeof entry === "number") values.set(name, String(entry));
      } else entries.set(name, { entry, file });
    }
  }
  const sets = new Map<string, DataSet>();
  for (const [name, { entry, file }] of entries) {
    if (entry === null) continue;
    sets.set(name, parseSet(filled(entry, values, `${file}: ${name}`), { name, file }));
  }
  return {
    files: layers.map(({ file }) => file),
    sets: new Map([...sets].filter(([name]) => !isPattern(name))),
    patterns: [...sets.values()].filter(({ name }) => isPattern(name)).toSorted((a, b) => moreSpecific(a.name, b.name)),
  };
}

interface Layer {
  readonly file: string;
  readonly content: Entry;
}

function layersOf({ root }: Project): readonly Layer[] {
  const env = process.env["STEMMA_ENV"] ?? process.env["KEDRO_ENV"] ?? "";
  const stated = packageCatalog(root);
  const named = stated === null ? firstOf(root, ["catalog.yaml", "catalog.yml"]) : stated.file;
  const own = named === null ? [] : [named, `catalog.${env}.yaml`, `catalog.${env}.yml`];
  const files =
    stated !== null || named !== null
      ? [...own, "catalog.local.yaml", "catalog.local.yml"].filter((file): file is string => file !== null)
      : ["base", env, "local"].flatMap((folder) => kedroFiles(root, folder));
  const read = [...new Set(files)].filter((file) => existsSync(join(root, file))).map((file) => yamlLayer(root, file));
  return stated?.content == null ? read : [{ file: "package.json", content: stated.content }, ...read];
}

function firstOf(root: string, names: readonly string[]): string | null {
  return names.find((name) => existsSync(join(root, name))) ?? null;
}

function kedroFiles(root: string, folder: string): readonly string[] {
  const conf = join("conf", folder);
  if (folder === "" || !existsSync(join(root, conf))) return [];
  const names = readdirSync(join(root, conf)).filter((name) => /^catalog.*\.ya?ml$/.test(name));
  return names.toSorted().map((name) => `conf/${folder}/${name}`);
}

interface Stated {
  readonly content: Entry | null;
  /** Where package.json names a file. */
  readonly file: string | null;
}

/** `stemma.catalog` of package.json: the sets themselves, or the path of a file; null when it says nothing. */
function packageCatalog(root: string): Stated | null {
  const path = join(root, "package.json");
  if (!existsSync(path)) return null;
  let stated: unknown;
  try {
    const { stemma }: { readonly stemma?: unknown } = Object(JSON.parse(readFileSync(path, "utf8")));
    stated = isEntry(stemma) ? stemma["catalog"] : undefined;
  } catch (cause) {
    throw new CatalogError(`package.json is no JSON: ${String(cause)}`, { cause });
  }
  if (stated === undefined) return null;
  if (isEntry(stated)) return { content: stated, file: firstOf(root, ["catalog.yaml", "catalog.yml"]) };
  if (typeof stated === "string" && existsSync(join(root, stated))) return { content: null, file: stated };
  throw new CatalogError(
    `package.json: stemma.catalog wants data sets by name, or the path of a file that is there; got ${JSON.stringify(stated)}.`,
  );
}

function yamlLayer(root: string, file: string): Layer {
  const content: unknown = plainValue(parseYaml(readFileSync(join(root, file), "utf8"), file));
  if (content === null) return { file, content: {} };
  if (!isEntry(content)) throw new CatalogError(`${file} wants data sets by name, as "cases: {path: data/cases.csv}".`);
  return { file, content };
}

/** An entry with its `${_word}` and `${oc.env:NAME,default}` (or `${env:NAME}`) filled in. @throws {CatalogError} */
function filled(value: unknown, values: ReadonlyMap<string, string>, place: string): unknown {
  if (typeof value === "string") {
    return value.replace(/\$\{([^}]*)\}/g, (_, inner: string) => {
      const [, name, missing] = /^(?:oc\.)?env:([^,]+)(?:,(.*))?$/.exec(inner.trim()) ?? [];
      const found = name === undefined ? values.get(inner.trim()) : (process.env[name.trim()] ?? missing?.trim());
      if (found !== undefined) return found;
      const way = name === undefined ? `set ${inner} at the top of the file` : `set ${name} in the environment`;
      throw new CatalogError(`${place} uses \${${inner}}, which nothing gives; ${way}.`);
    });
  }
  if (Array.isArray(value)) return value.map((item: unknown) => filled(item, values, place));
  if (!isEntry(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, values, place)]));
}
