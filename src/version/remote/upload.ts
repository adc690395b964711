import type { HashName } from "../../format/index.ts";
import { eachAtOnce, openObjects } from "../../store/index.ts";
import { objectPath } from "../cached-content.ts";
import type { Repository } from "../repository.ts";
import { groupsOf } from "./groups.ts";
import { type AskedObject, presentAt, remotePath } from "./remote-objects.ts";
import type { NamedRemote } from "./remotes.ts";
import {
  type Counter,
  counter,
  endsAll,
  type Transfer,
  type TransferFailure,
  type TransferOptions,
} from "./transfer.ts";
import { cachedBytes, type WantedObject, type WantedSet } from "./wanted-objects.ts";

interface Sized extends WantedObject {
  readonly bytes: number;
}

interface Work {
  readonly repository: Repository;
  readonly at: NamedRemote;
  readonly options: TransferOptions;
  readonly count: Counter;
  /** By digest: what could not be sent. */
  readonly failed: Map<string, TransferFailure>;
}

/** Sends what a remote lacks of some objects: files first, a listing when all of its files are there. */
export async function upload(repository: Repository, set: WantedSet, options: TransferOptions): Promise<Transfer> {
  const { at } = set;
  const objects = [...set.objects.values()];
  const here = new Map<WantedObject, number | null>(objects.map((object) => [object, cachedBytes(repository, object)]));
  const toSend: Sized[] = [];
  const nowhere: WantedObject[] = [];
  for (const hash of ["md5", "md5-dos2unix"] satisfies readonly HashName[]) {
    const asked = objects.filter((object) => object.hash === hash);
    if (asked.length === 0) continue;
    const questions: readonly AskedObject[] = asked.map((object) => ({ ...object, bytes: here.get(object) ?? null }));
    const present = await presentAt(at.remote, hash, questions);
    for (const object of asked.filter(({ digest }) => !present.has(digest))) {
      const bytes = here.get(object) ?? null;
      if (bytes === null) nowhere.push(object);
      else toSend.push({ ...object, bytes });
    }
  }
  const missing = nowhere.map(({ name }) => name);
  if (toSend.length === 0) return { remotes: [at.name], files: 0, bytes: 0, missing, failed: [] };
  const count = counter({ verb: "push", remote: at.name, totalFiles: toSend.length }, options.onProgress);
  const work: Work = { repository, at, options, count, failed: new Map() };
  await send(
    work,
    toSend.filter(({ digest }) => !digest.endsWith(".dir")),
  );
  // A listing at a remote says that its files are there.
  const broken = new Set(
    [...nowhere, ...toSend.filter(({ digest }) => work.failed.has(digest))].flatMap((object) => [...object.listings]),
  );
  await send(
    work,
    toSend.filter(({ digest }) => digest.endsWith(".dir") && !broken.has(digest)),
  );
  return { remotes: [at.name], ...count.moved, missing, failed: [...work.failed.values()] };
}

async function send(work: Work, objects: readonly Sized[]): Promise<void> {
  const { localFolder } = work.at.remote;
  const blocks =
    localFolder === null ? [] : objects.filter(({ hash, digest }) => hash === "md5" && !digest.endsWith(".dir"));
  if (localFolder !== null) await sendHere(work, localFolder, blocks);
  const single = localFolder === null ? objects : objects.filter((object) => !blocks.includes(object));
  const jobs = work.options.jobs ?? work.at.jobs ?? work.at.remote.jobs;
  await eachAtOnce(single, jobs, (object) => sendOne(work, object));
}

async function sendOne(work: Work, object: Sized): Promise<void> {
  const { repository, at, options, count, failed } = work;
  options.signal?.throwIfAborted();
  const { digest, hash, bytes, name } = object;
  const file = objectPath(repository, digest, hash);
  const md5 = hash === "md5" || digest.endsWith(".dir") ? digest.slice(0, 32) : null;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  try {
    await at.remote.write(remotePath(digest, hash), { file, bytes, md5 }, { onBytes: count.bytes, ...signal });
    count.file();
  } catch (error) {
    if (endsAll(error)) throw error;
    failed.set(digest, { path: name, message: error instanceof Error ? error.message : String(error) });
  }
}

/** A folder of this machine has the cache's own layout, and takes files as the cache does: copied and hashed by blocking threads. */
async function sendHere(work: Work, folder: string, objects: readonly Sized[]): Promise<void> {
  const { repository, options, count } = work;
  const target = openObjects(folder);
  for (const group of groupsOf(objects, ({ bytes }) => bytes)) {
    options.signal?.throwIfAborted();
    const put = await target.putFiles(
      group.map(({ digest, hash }) => objectPath(repository, digest, hash)),
      {
        digests: group.map(({ digest }) => digest),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
    );
    group.forEach(({ digest, name }, at) => {
      const file = put[at];
      if (file?.md5 === digest) {
        count.bytes(file.bytes);
        count.file();
        return;
      }
      const message = `${objectPath(repository, digest, "md5")} does not hold the bytes of ${digest}, so it was not sent. Delete it and make the data again.`;
      work.failed.set(digest, { path: name, message });
    });
  }
}
