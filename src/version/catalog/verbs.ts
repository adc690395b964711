import { host } from "../../host/index.ts";
import { currentActivity, recordFacts } from "../../lineage/index.ts";
import { findProject, type Project } from "../../store/index.ts";
import { type DataVersion, dataEntity } from "../data-version.ts";
import { readDvcIgnore } from "../dvc-ignore.ts";
import { contentAt } from "../out-content.ts";
import type { TableColumns } from "../read-data.ts";
import { openRepository } from "../repository.ts";
import { outsAround } from "../tracked-outs.ts";
import { workingFolder } from "../working-folder.ts";
import { type CatalogList, listOf } from "./catalog-view.ts";
import type { DataSet } from "./data-set.ts";
import { isAddress } from "./entry.ts";
import { type LoadOptions, loadSet } from "./load-set.ts";
import { dataSetOf } from "./patterns.ts";
import { readCatalog } from "./read-catalog.ts";
import { saveSet, type Take } from "./save-set.ts";

/**
 * The data sets of the catalog by name, and what loading them gives. Empty by itself: `stemma catalog types` writes `catalog.d.ts`,
 * which fills it.
 */
// biome-ignore lint/suspicious/noEmptyInterface: an interface, because catalog.d.ts adds to it
export interface CatalogSets {}

/** `version.load()` */
export interface LoadVerb {
  /** What a function makes of a table's columns: `version.load("cases", { as: aq.table })`. */
  <T>(name: string, options: LoadOptions & { readonly as: (columns: TableColumns) => T }): Promise<T>;
  /** What the catalog's types say of the name. */
  <Name extends keyof CatalogSets>(name: Name, options?: Omit<LoadOptions, "as">): Promise<CatalogSets[Name]>;
  <T = unknown>(name: string, options?: LoadOptions): Promise<T>;
}

/** The verbs of `version` that know data by its name in the catalog: `catalog.yaml`, or `stemma.catalog` in package.json. */
export interface CatalogVerbs {
  /**
   * The content of a data set by its name: rows of a table, the value of JSON, … or as its entry says; checked against its schema.
   * Of a partitioned set an object with a function for each partition.
   *
   * @throws {CatalogError} no such name; not what the schema wants
   * @example
   * const cases = await version.load("cases");
   */
  readonly load: LoadVerb;
  /**
   * Writes a value to where a data set is and versions it; a partitioned set takes an object of partitions.
   *
   * @returns null for a set that is not versioned: at a URL, or one that says so
   * @throws {CatalogError} the value is not what the schema wants; nothing was written
   */
  save(name: string, value: unknown, options?: { readonly force?: boolean }): Promise<DataVersion | null>;
  /** The data sets that the catalog names; draws itself. */
  catalog(): CatalogList;
}

/** The verbs, which version what they save with `take`. */
export function catalogVerbs(take: Take): CatalogVerbs {
  return {
    load: ((name: string, options: LoadOptions = {}) => load(name, options)) as LoadVerb,
    save: async (name, value, options = {}) => {
      const folder = workingFolder();
      const project = findProject(folder);
      const set = dataSetOf(readCatalog(project), name);
      return saveSet(set, value, { project, take, folder, force: options.force === true, nowMs: Date.now() });
    },
    catalog: () => {
      const project = findProject(workingFolder());
      return listOf(project, readCatalog(project));
    },
  };
}

async function load(name: string, options: LoadOptions): Promise<unknown> {
  const project = findProject(workingFolder());
  const set = dataSetOf(readCatalog(project), name);
  const content = await loadSet(project, set, { ...options, signal: host().stopSignal() });
  if (options.rev === undefined && set.rev === null && set.repo === null) await noteUse(project, set);
  return content;
}

async function noteUse(project: Project, set: DataSet): Promise<void> {
  const activity = currentActivity();
  if (activity === null || isAddress(set.path)) return;
  const tracked = outsAround(project, set.path).find((out) => out.path === set.path);
  if (tracked === undefined) return;
  const place = { repository: openRepository(project), rules: readDvcIgnore(project.root), ...tracked };
  const content = await contentAt(place, "md5");
  const digest = content?.md5 ?? tracked.out.md5;
  if (digest === null) return;
  const entity = dataEntity({ path: tracked.path, md5: digest, bytes: content?.size ?? tracked.out.size ?? 0 });
  recordFacts(project, [{ activity, verb: "used", entity, timeMs: Date.now() }]);
}
