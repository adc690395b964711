import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { patchDvcFile, printDvcFile } from "../../format/index.ts";
import { type Project, RemoteError, temporaryName, writeDurable } from "../../store/index.ts";
import { addData } from "../add-data.ts";
import { stageInGit } from "../git-ignore.ts";
import type { OutContent } from "../out-content.ts";
import type { AddedData } from "../put-contents.ts";
import { initRepository } from "../repository.ts";
import { lockRepository } from "../repository-lock.ts";
import { outsAround } from "../tracked-outs.ts";
import { DataPathError, MissingDataError, refuseCloud } from "../version-error.ts";
import { flowOf, type ImportOptions, type Place, placeOf, sendFrom } from "./import-place.ts";
import { bringSource, openUrl, type UrlSource } from "./url-source.ts";

export interface AddFromOptions extends Omit<ImportOptions, "only"> {
  /** Puts the data into a remote, past this machine's folder and cache. */
  readonly toRemote?: boolean;
  readonly waitMs?: number;
}

/**
 * Brings a file or folder from elsewhere (a path, a URL) into the project and adds it, or puts it straight into a remote. Where it
 * came from is not kept: see {@link importUrl}.
 *
 * @throws {DataPathError} something stands at the place already @throws {MissingDataError} there is no such source
 */
export async function addFrom(project: Project, url: string, options: AddFromOptions = {}): Promise<AddedData> {
  initRepository(project);
  if (options.toRemote === true) return lockRepository(project, () => addToRemote(project, url, options), options);
  const place = placeOf(project, url, options);
  await withSource(place, url, (source) => bringSource(source, place.target.absolute, flowOf(options)));
  const { waitMs } = options;
  return addData(project, place.target.absolute, {
    folder: place.folder,
    parts: true,
    ...(waitMs === undefined ? {} : { waitMs }),
  });
}

async function withSource<T>(place: Place, url: string, work: (source: UrlSource) => Promise<T>): Promise<T> {
  const source = await openUrl(place.repository, url, { folder: place.folder }).catch((cause: unknown) => {
    if (!(cause instanceof RemoteError) || cause.trouble !== "MISSING") throw cause;
    throw new MissingDataError(url, `There is no ${url}. See what there is: stemma list-url`);
  });
  try {
    return await work(source);
  } finally {
    await source.remote.close();
  }
}

async function addToRemote(project: Project, url: string, options: AddFromOptions): Promise<AddedData> {
  // Without a name of its own the data may be what stands there: it is only read.
  const place = placeOf(project, url, options.out === undefined ? { ...options, force: true } : options);
  const content = await withSource(place, url, (source) => sent(place, source, options));
  return record(place, content);
}

async function sent(place: Place, source: UrlSource, options: AddFromOptions): Promise<OutContent> {
  if (source.kind === "local") return sendFrom(place, source.url, options);
  const aside = join(place.project.dvcFolder, "tmp", temporaryName());
  try {
    await bringSource(source, aside, flowOf(options));
    return await sendFrom(place, aside, options);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Only the `.dvc` file: git need not ignore what is not there. */
function record({ project, repository, target, dvcFile }: Place, content: OutContent): AddedData {
  const tracked = outsAround(project, target.path).find((out) => out.dvcFile === dvcFile);
  if (tracked === undefined && existsSync(dvcFile)) {
    throw new DataPathError(
      target.given,
      `${relative(project.root, dvcFile)} is there already, and records other data.`,
    );
  }
  if (tracked !== undefined) refuseCloud(target.path, tracked.out);
  const out = { ...content, path: tracked?.out.path ?? basename(target.absolute) };
  const text = tracked === undefined ? printDvcFile(out) : patchDvcFile(tracked.text, tracked.index, out);
  const before = existsSync(dvcFile) ? readFileSync(dvcFile, "utf8") : null;
  if (text !== before) writeDurable(dvcFile, text);
  const written = [relative(project.root, dvcFile)];
  stageInGit(repository, written);
  const { md5, size, nfiles } = content;
  return { path: target.path, md5, bytes: size, files: nfiles ?? 1, changed: text !== before, written };
}
