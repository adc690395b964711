import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ValueError } from "../params.ts";
import type { RunWriter } from "../run-writer.ts";

/** Files that are copied at a time: their syncs wait together. */
const together = 8;

/**
 * Keeps a copy of a file, or of a folder with all below it, with a run.
 *
 * @param from absolute
 * @param to path in the run's artifacts; the last name of `from` where null
 * @throws {ValueError} nothing is there, or it is neither file nor folder @throws {ArtifactPathError}
 */
export async function keepFiles(writer: RunWriter, from: string, to: string | null): Promise<void> {
  writer.checkOpen();
  const target = to ?? basename(from);
  const facts = await stat(from).catch(() => null);
  if (facts === null)
    throw new ValueError(
      `There is no file ${JSON.stringify(from)} to keep. A value is kept with its path: run.artifact("fit.json", value).`,
    );
  if (facts.isFile()) return writer.artifactFile(target, from);
  if (!facts.isDirectory())
    throw new ValueError(`${JSON.stringify(from)} is neither a file nor a folder, so it cannot be kept.`);
  const files = (await filesBelow(from, [await realpath(from)])).map((path) => path.split("/"));
  for (let start = 0; start < files.length; start += together)
    await Promise.all(
      files
        .slice(start, start + together)
        .map((parts) => writer.artifactFile([target, ...parts].join("/"), join(from, ...parts))),
    );
}

/** Files below a folder, relative with `/`, by name. Links are followed. @param above real paths of the folders around it */
async function filesBelow(folder: string, above: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => null);
    if (facts === null) throw new ValueError(`${JSON.stringify(path)} is a link to nothing; mend or remove it.`);
    if (facts.isFile()) files.push(name);
    if (!facts.isDirectory()) continue;
    const real = await realpath(path);
    if (above.includes(real))
      throw new ValueError(`${JSON.stringify(path)} is a link to a folder around it; remove it.`);
    files.push(...(await filesBelow(path, [...above, real])).map((below) => `${name}/${below}`));
  }
  return files;
}
