import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix, resolve } from "node:path";
import { openObjects, RemoteError } from "../../store/index.ts";
import { objectPath } from "../cached-content.ts";
import type { Repository } from "../repository.ts";
import { DataPathError } from "../version-error.ts";
import { flowOf } from "./import-place.ts";
import { remotePath } from "./remote-objects.ts";
import type { RepoSettings } from "./repo-settings.ts";
import { bringRepoData, openRepoSource } from "./repo-source.ts";
import { bringSource, nameOf, openUrl } from "./url-source.ts";

export interface GetOptions {
  readonly folder: string;
  /** Where the data goes; the source's own name without it. */
  readonly out?: string;
  readonly force?: boolean;
  readonly rev?: string;
  /** Remote of the repository. */
  readonly remote?: string;
  readonly config?: ReadonlyMap<string, string>;
  /** What is said of the repository's remotes besides what it says itself. */
  readonly settings?: RepoSettings;
  /** Transfers at once. */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
}

/** Downloads a file or folder that a git repository keeps, by git or by DVC, and versions nothing. Gives its path. */
export async function getFromRepo(
  from: { readonly url: string; readonly path: string },
  options: GetOptions,
): Promise<string> {
  const target = targetOf(from.path, options);
  const { rev = null, remote = null, folder } = options;
  const { settings } = options;
  const source = await openRepoSource(from.url, {
    rev,
    folder,
    remote,
    ...(settings === undefined ? {} : { settings }),
  });
  const aside = mkdtempSync(join(tmpdir(), "stemma-get-"));
  try {
    await bringRepoData(source, from.path, {
      cache: openObjects(aside),
      target,
      ...flowOf(options),
    });
    return target;
  } finally {
    await source.close();
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Downloads a file or folder from a URL or path, and versions nothing. Gives its path. */
export async function getUrl(repository: Repository | null, url: string, options: GetOptions): Promise<string> {
  const target = targetOf(url, options);
  const source = await openUrl(repository, url, options).catch((error: unknown) => {
    if (error instanceof RemoteError && error.trouble === "MISSING")
      throw new DataPathError(url, `The path '${url}' does not exist`);
    throw error;
  });
  try {
    await bringSource(source, target, flowOf(options));
    return target;
  } finally {
    await source.remote.close();
  }
}

// dvc/utils/__init__.py, resolve_output
function targetOf(source: string, { folder, out, force }: GetOptions): string {
  const given = resolve(folder, out ?? nameOf(source));
  const inside = out !== undefined && statSync(given, { throwIfNoEntry: false })?.isDirectory() === true;
  const target = inside ? join(given, nameOf(source)) : given;
  if (/\.dvc$|^dvc\.(yaml|lock)$/.test(nameOf(target))) {
    throw new DataPathError(target, "the given path is a DVC file, you must specify a data file or a directory");
  }
  const stat = statSync(target, { throwIfNoEntry: false });
  if (!existsSync(target) || force === true) return target;
  const kind = stat?.isDirectory() === true ? "directory" : "file";
  throw new DataPathError(
    target,
    `The ${kind} '${out ?? nameOf(source)}' already exists locally. To override it, re-run with '--force'.`,
  );
}

/** Where the data of a path in a repository would be downloaded from. */
export async function urlOfData(
  from: { readonly url: string; readonly path: string },
  options: Pick<GetOptions, "folder" | "rev" | "remote" | "settings">,
): Promise<string> {
  const source = await openRepoSource(from.url, {
    rev: options.rev ?? null,
    folder: options.folder,
    remote: options.remote ?? null,
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
  try {
    const path = posix.normalize(from.path).replace(/\/$/, "");
    const out = source.outs.find((one) => one.path === path);
    if (out === undefined || out.md5 === null)
      throw new DataPathError(from.path, `'${from.path}' is not tracked by DVC in ${from.url}`);
    const { remote } = await source.remotes.getOrNone(out.remote ?? options.remote ?? null);
    // Without a remote the repository's own cache is where its data is.
    if (remote.url === "no remote") return objectPath(source.repository, out.md5, out.hash);
    return `${remote.url.replace(/\/$/, "")}/${remotePath(out.md5, out.hash)}`;
  } finally {
    await source.close();
  }
}
