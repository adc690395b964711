import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { bytesSource } from "../../frame/index.ts";
import type { Project } from "../../store/index.ts";
import { type DataFile, type OpenedData, type OpenOptions, openData } from "../open-data.ts";
import { openUrl } from "../remote/index.ts";
import { openRepository } from "../repository.ts";
import { CatalogError } from "./catalog-error.ts";
import { credentialsOf } from "./credentials.ts";
import type { DataSet } from "./data-set.ts";
import { isAddress } from "./entry.ts";

/** Which state of a set is meant, where not the one that its entry says. */
export interface SetState {
  readonly rev?: string;
  readonly remote?: string;
}

/** Opens the data of a set, wherever it is; the caller closes it. @throws {CatalogError} and what opening data throws */
export async function openSet(
  project: Project,
  set: DataSet,
  state: SetState & { readonly signal?: AbortSignal },
): Promise<OpenedData> {
  const [problem] = set.problems;
  if (problem !== undefined) throw new CatalogError(`${set.file}: ${set.name}: ${problem}.`);
  if (isAddress(set.path)) return openAddress(project, set);
  const rev = state.rev ?? set.rev;
  const remote = state.remote ?? set.remote;
  const options: OpenOptions = {
    folder: project.root,
    ...(rev === null ? {} : { rev }),
    ...(set.repo === null ? {} : { repo: set.repo }),
    ...(remote === null ? {} : { remote }),
    ...(state.signal === undefined ? {} : { signal: state.signal }),
  };
  return openData(project, set.versions === "kedro" ? newestVersion(project, set) : set.path, options);
}

/** Kedro's versions: `cases.csv/2026-11-21T12.00.00.000Z/cases.csv`, the last by its name counts. */
function newestVersion({ root }: Project, set: DataSet): string {
  const folder = join(root, set.path);
  const name = set.path.slice(set.path.lastIndexOf("/") + 1);
  const versions = existsSync(folder) ? readdirSync(folder).filter((one) => existsSync(join(folder, one, name))) : [];
  const newest = versions.toSorted().at(-1);
  if (newest === undefined)
    throw new CatalogError(
      `${set.file}: ${set.name} has no version below ${set.path} yet; version.save("${set.name}", …) makes one.`,
    );
  return `${set.path}/${newest}/${name}`;
}

async function openAddress(project: Project, set: DataSet): Promise<OpenedData> {
  const config = credentialsOf(project, set);
  const source = await openUrl(openRepository(project), set.path, { folder: project.root, config });
  const files = source.files.map(({ path }): DataFile => {
    const stream = async function* (): AsyncGenerator<Uint8Array> {
      yield* await source.remote.read(path);
    };
    const open = async (): Promise<ReturnType<typeof bytesSource>> => {
      const blocks: Uint8Array[] = [];
      for await (const bytes of stream()) blocks.push(bytes);
      return bytesSource(Buffer.concat(blocks));
    };
    return { relpath: source.folder ? path : "", md5: null, open, stream };
  });
  return { path: set.path, folder: source.folder, md5: null, files, close: () => source.remote.close() };
}
