import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StemmaError } from "../error.ts";
import type { ExportedProject } from "../export/index.ts";
import { md5, md5File } from "../store/index.ts";

/** The folder holds what an export must not overwrite. */
export class ExportFolderError extends StemmaError {
  constructor(message: string) {
    super("EXPORT_FOLDER", message);
  }
}

/** Digests of what an earlier export wrote, by path. */
interface Earlier {
  readonly files: ReadonlyMap<string, string>;
  readonly data: ReadonlyMap<string, string>;
}

/**
 * Writes an exported project. Files of an earlier export that are not in this one are deleted; results, packages and
 * everything else in the folder stay.
 *
 * @param force also over files that were edited, and into a folder that no export made
 * @throws {ExportFolderError} the folder is another's, or files in it were edited
 */
export async function writeProject(
  folder: string,
  project: ExportedProject,
  { force }: { readonly force: boolean },
): Promise<void> {
  const earlier = await earlierExport(folder, force);
  if (!force) await refuseEdited(folder, project, earlier);
  for (const path of earlier.files.keys()) {
    if (!project.files.has(path)) await rm(join(folder, path), { force: true });
  }
  for (const [path, text] of project.files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  for (const [path, bytes] of project.given) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    // What DVC keeps may be a link to its cache: never written to.
    await rm(join(folder, path), { force: true });
    await writeFile(join(folder, path), bytes);
  }
  for (const { from, to } of project.copies) {
    const target = join(folder, to);
    await mkdir(dirname(target), { recursive: true });
    await rm(target, { recursive: true, force: true });
    await cp(from, target, { recursive: true });
    // An object of DVC's cache may be read only.
    if (statSync(target).isFile()) await chmod(target, 0o644);
  }
}

async function earlierExport(folder: string, force: boolean): Promise<Earlier> {
  const none = { files: new Map<string, string>(), data: new Map<string, string>() };
  if (!existsSync(folder)) return none;
  if (!statSync(folder).isDirectory()) {
    throw new ExportFolderError(`${folder} is a file. Give a folder with --out.`);
  }
  const record = join(folder, "pipeline.json");
  const known = existsSync(record) ? recordOf(readFileSync(record, "utf8")) : null;
  if (known !== null) return known;
  if (force || (await readdir(folder)).length === 0) return none;
  throw new ExportFolderError(
    `${folder} holds files that no export wrote. Give another folder, or --force to write between them.`,
  );
}

function recordOf(text: string): Earlier | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("madeBy" in value)) return null;
  if (!String(value.madeBy).startsWith("stemma ")) return null;
  return {
    files: digests("files" in value ? value.files : null),
    data: digests("data" in value ? value.data : null),
  };
}

// The record is a file that anybody can write: no path of it leads out of the folder.
function digests(value: unknown): ReadonlyMap<string, string> {
  if (typeof value !== "object" || value === null) return new Map();
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && isInside(entry[0]),
  );
  return new Map(entries);
}

function isInside(path: string): boolean {
  const parts = path.split(/[\\/]/);
  return !parts.includes("..") && parts[0] !== "" && !parts.includes(".git") && !parts.includes(".dvc");
}

async function refuseEdited(folder: string, project: ExportedProject, earlier: Earlier): Promise<void> {
  const edited: string[] = [];
  const next = new Map([...project.files, ...project.given].map(([path, content]) => [path, md5(content)]));
  for (const [path, written] of [...earlier.files, ...earlier.data]) {
    const file = join(folder, path);
    if (path === "pipeline.json" || !existsSync(file) || !statSync(file).isFile()) continue;
    const now = await md5File(file);
    if (now !== written && now !== next.get(path)) edited.push(path);
  }
  if (edited.length === 0) return;
  throw new ExportFolderError(
    `${folder}: edited since the last export: ${edited.join(", ")}. Take the changes into the notebook, or --force to overwrite them.`,
  );
}
