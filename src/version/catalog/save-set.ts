import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import { csvBytes, encodeData, formatOf, isTable, readFrame } from "../../frame/index.ts";
import { md5, openRemote, type Project, writeDurable } from "../../store/index.ts";
import type { DataVersion } from "../data-version.ts";
import { CatalogError } from "./catalog-error.ts";
import { schemaFaults } from "./check-schema.ts";
import { credentialsOf } from "./credentials.ts";
import type { DataSet } from "./data-set.ts";
import { endings, isAddress } from "./entry.ts";

/** `version()` itself, which this folder does not import. */
export type Take = (
  path: string,
  ...value: readonly [value?: unknown, options?: { readonly force?: boolean }]
) => Promise<DataVersion>;

export interface SaveWork {
  readonly project: Project;
  readonly take: Take;
  /** What {@link Take}'s paths are relative to. */
  readonly folder: string;
  readonly force: boolean;
  readonly nowMs: number;
}

/**
 * Writes a value to where a data set is, after a look at its schema, and versions it there. Gives null for sets that are not versioned:
 * those at URLs, those of Kedro's own versions, and those that say so.
 *
 * @throws {CatalogError} @throws {DataValueError} @throws {UnsavedChangesError}
 */
export async function saveSet(set: DataSet, value: unknown, work: SaveWork): Promise<DataVersion | null> {
  checkSavable(set);
  if (set.partitions !== null) return savePartitions(set, value, work);
  checkSchema(set, value);
  if (isAddress(set.path)) {
    await upload(set, await encoded(set, set.path, value), work.project);
    return null;
  }
  if (set.versions !== "dvc") {
    const path = set.versions === "kedro" ? kedroPath(set.path, work.nowMs) : set.path;
    writeDurable(join(work.project.root, inside(set, path)), await encoded(set, path, value));
    return null;
  }
  const plain = set.format !== "csv" || (set.options.delimiter ?? delimiterOf(set.path)) === delimiterOf(set.path);
  const content = plain ? value : await encoded(set, set.path, value);
  return work.take(fromFolder(work, inside(set, set.path)), content, { force: work.force });
}

function checkSavable(set: DataSet): void {
  const [problem] = set.problems;
  const why = (text: string): CatalogError => new CatalogError(`${set.file}: ${set.name} ${text}.`);
  if (problem !== undefined) throw why(`cannot be saved: ${problem}`);
  if (set.rev !== null) throw why(`is the data of ${set.rev}, which cannot be changed; leave out its rev`);
  if (set.repo !== null) throw why(`is the data of ${set.repo}; save it in that repository`);
  if (/^https?:/i.test(set.path)) throw why("is at a web address, which is read only; give it a path or an s3:// URL");
  if (set.partitions === null && formatOf(set.path) !== set.format && set.format !== "text" && set.format !== "bytes") {
    throw why(`is ${set.format}, and its path ${set.path} ends otherwise; name it …${endings[set.format]}`);
  }
}

function inside(set: DataSet, path: string): string {
  if (!isAbsolute(path) && !path.split("/").includes("..")) return path;
  throw new CatalogError(`${set.file}: ${set.name} lies outside of the project (${path}), and is only read there.`);
}

function fromFolder({ project, folder }: SaveWork, path: string): string {
  return relative(folder, join(project.root, path));
}

function checkSchema(set: DataSet, value: unknown): void {
  if (set.schema === null || !isTable(value)) return;
  const faults = schemaFaults(set.schema, readFrame(value, "version.save()").columns);
  if (faults.length > 0)
    throw new CatalogError(
      `The value for ${set.name} is not what ${set.file} wants: ${faults.join("; ")}. Nothing was written.`,
    );
}

async function encoded(set: DataSet, path: string, value: unknown): Promise<Uint8Array> {
  const { delimiter } = set.options;
  if (set.format === "csv" && delimiter !== undefined && isTable(value))
    return csvBytes(readFrame(value, "version.save()"), null, delimiter);
  return (await encodeData(path, value)).bytes;
}

function delimiterOf(path: string): string {
  return path.toLowerCase().endsWith(".tsv") ? "\t" : ",";
}

/** kedro/io/core.py: the time of the save, to the millisecond, with "." for ":". */
function kedroPath(path: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replaceAll(":", ".");
  return `${path}/${time}/${path.slice(path.lastIndexOf("/") + 1)}`;
}

async function savePartitions(set: DataSet, value: unknown, work: SaveWork): Promise<DataVersion | null> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CatalogError(`${set.file}: ${set.name} is partitioned, and takes an object: { "2026-01": table, … }.`);
  }
  const suffix = set.partitions?.suffix ?? "";
  const parts: (readonly [string, Uint8Array])[] = [];
  for (const [name, given] of Object.entries(value)) {
    if (name === "" || name.split("/").some((part) => part === ".." || part === "" || part === ".")) {
      throw new CatalogError(
        `${JSON.stringify(name)} is no name of a partition of ${set.name}; it becomes a file's name.`,
      );
    }
    const part: unknown = typeof given === "function" ? await given() : given;
    checkSchema(set, part);
    parts.push([`${set.path}/${name}${suffix}`, await encoded(set, `x${suffix || endings[set.format]}`, part)]);
  }
  if (isAddress(set.path)) {
    for (const [path, bytes] of parts) await upload({ ...set, path }, bytes, work.project);
    return null;
  }
  for (const [path, bytes] of parts) writeDurable(join(work.project.root, inside(set, path)), bytes);
  return set.versions === "dvc" ? work.take(fromFolder(work, set.path)) : null;
}

async function upload(set: DataSet, bytes: Uint8Array, project: Project): Promise<void> {
  const at = set.path.lastIndexOf("/");
  const options = credentialsOf(project, set);
  const remote = await openRemote({ url: set.path.slice(0, at), options });
  const aside = mkdtempSync(join(tmpdir(), "stemma-save-"));
  try {
    const file = join(aside, "data");
    writeFileSync(file, bytes);
    await remote.write(
      set.path.slice(at + 1),
      { file, bytes: bytes.byteLength, md5: md5(Buffer.from(bytes)) },
      { mode: 0o644 },
    );
  } finally {
    rmSync(aside, { recursive: true, force: true });
    await remote.close();
  }
}
