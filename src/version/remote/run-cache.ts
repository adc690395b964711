import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { eachAtOnce, type Remote, writeDurable } from "../../store/index.ts";
import type { Repository } from "../repository.ts";
import type { NamedRemote } from "./remotes.ts";
import { nothingMoved, type Transfer, type TransferOptions } from "./transfer.ts";

const entryPath = /^runs\/[0-9a-f]{2}\/[0-9a-f]{64}\/[0-9a-f]{64}$/;

/** Sends the run cache: which outputs a stage's inputs gave. A web server takes none, as with DVC. */
export async function pushRunCache(
  repository: Repository,
  at: NamedRemote,
  options: TransferOptions,
): Promise<Transfer> {
  if (!at.remote.lists) return nothingMoved;
  const { folder } = repository.cache;
  const entries = runEntries(folder);
  let bytes = 0;
  await eachAtOnce(entries, jobsFor(at, options), async (path) => {
    const file = join(folder, path);
    const size = statSync(file).size;
    await at.remote.write(path, { file, bytes: size, md5: null }, { mode: 0o644, ...signalOf(options) });
    bytes += size;
  });
  return { remotes: [at.name], files: entries.length, bytes, missing: [], failed: [] };
}

function runEntries(folder: string): readonly string[] {
  const root = join(folder, "runs");
  if (statSync(root, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => posix.join("runs", path.replaceAll("\\", "/")))
    .filter((path) => entryPath.test(path));
}

/** An entry is the YAML of one stage's lock. */
const mostEntryBytes = 16 * 1024 * 1024;

/** Gets the run cache of a remote. */
export async function fetchRunCache(repository: Repository, at: NamedRemote, options: TransferOptions): Promise<void> {
  if (!at.remote.lists) return;
  const paths: string[] = [];
  for await (const { path, bytes } of at.remote.list("runs")) {
    if (entryPath.test(path) && (bytes ?? 0) <= mostEntryBytes) paths.push(path);
  }
  await eachAtOnce(paths, jobsFor(at, options), async (path) => {
    const target = join(repository.cache.folder, path);
    const content = await whole(at.remote, path);
    const known = statSync(target, { throwIfNoEntry: false }) === undefined ? null : readFileSync(target);
    if (known?.equals(content) === true) return;
    mkdirSync(dirname(target), { recursive: true });
    writeDurable(target, content);
  });
}

async function whole(remote: Remote, path: string): Promise<Buffer> {
  const blocks: Uint8Array[] = [];
  for await (const bytes of await remote.read(path)) blocks.push(bytes);
  return Buffer.concat(blocks);
}

function jobsFor(at: NamedRemote, options: TransferOptions): number {
  return options.jobs ?? at.jobs ?? at.remote.jobs;
}

function signalOf({ signal }: TransferOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
