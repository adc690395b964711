import { statSync } from "node:fs";
import { join } from "node:path";
import type { HashName } from "../../format/index.ts";
import { eachAtOnce, openObjects, type Remote } from "../../store/index.ts";

/** Where a remote keeps an object, from its root: as DVC's cache does; DVC 2 had no folder above. */
export function remotePath(digest: string, hash: HashName): string {
  const path = `${digest.slice(0, 2)}/${digest.slice(2)}`;
  return hash === "md5" ? `files/md5/${path}` : path;
}

/** The digest that a path from a remote's root stands for; null for other files. */
export function remoteDigest(path: string, hash: HashName): string | null {
  const match = /^(?:files\/md5\/)?([0-9a-f]{2})\/([0-9a-f]{30}(?:\.dir)?)$/.exec(path);
  const own = path.startsWith("files/md5/") === (hash === "md5");
  return match === null || !own ? null : `${match[1]}${match[2]}`;
}

/** What a question whether an object is there needs to know of it. */
export interface AskedObject {
  readonly digest: string;
  readonly listings: ReadonlySet<string>;
  /** Its length here; one of another length at the remote is broken. null when it is not known. */
  readonly bytes: number | null;
}

/** Below this many, each is asked for; above, the remote may be listed. */
const fewObjects = 32;
/** What S3 lists in one answer. */
const pageFiles = 1000;

/**
 * Those of some objects that a remote has. A folder on this machine is looked at file by file; elsewhere, a listing (`.dir`) that is
 * there stands for its files, as it is written last.
 */
export async function presentAt(
  remote: Remote,
  hash: HashName,
  objects: readonly AskedObject[],
): Promise<ReadonlySet<string>> {
  if (remote.localFolder !== null) return presentHere(remote.localFolder, hash, objects);
  const present = new Set<string>();
  await ask(remote, hash, { objects: objects.filter(({ digest }) => digest.endsWith(".dir")), present });
  const rest = objects.filter(({ digest, listings }) => {
    if (digest.endsWith(".dir")) return false;
    if (![...listings].some((listing) => present.has(listing))) return true;
    present.add(digest);
    return false;
  });
  if (rest.length <= fewObjects || !remote.lists) await ask(remote, hash, { objects: rest, present });
  else await askOrList(remote, hash, { objects: rest, present });
  return present;
}

function presentHere(folder: string, hash: HashName, objects: readonly AskedObject[]): ReadonlySet<string> {
  const present = new Set<string>();
  // A name of a folder costs a tenth of a question for a file.
  const named = hash === "md5" ? openObjects(folder).hasOf(objects.map(({ digest }) => digest)) : null;
  for (const { digest, bytes } of objects) {
    if (named?.has(digest) === false) continue;
    const size = statSync(join(folder, remotePath(digest, hash)), { throwIfNoEntry: false })?.size;
    if (size !== undefined && (bytes === null || bytes === size)) present.add(digest);
  }
  return present;
}

interface Question {
  readonly objects: readonly AskedObject[];
  readonly present: Set<string>;
}

async function ask(remote: Remote, hash: HashName, { objects, present }: Question): Promise<void> {
  await eachAtOnce(objects, remote.jobs, async ({ digest }) => {
    if ((await remote.stat(remotePath(digest, hash))) !== null) present.add(digest);
  });
}

/** Digests are spread evenly: those that begin with 00 tell how many there are, and so which way is shorter. */
async function askOrList(remote: Remote, hash: HashName, question: Question): Promise<void> {
  const root = hash === "md5" ? "files/md5/" : "";
  const first = await digestsIn(remote, `${root}00`, hash);
  const estimate = first.length * 256;
  if (estimate / pageFiles + 256 / remote.jobs > question.objects.length) {
    await ask(remote, hash, question);
    return;
  }
  const found = new Set(first);
  const prefixes = Array.from({ length: 255 }, (_, i) => (i + 1).toString(16).padStart(2, "0"));
  const wanted = new Set(question.objects.map(({ digest }) => digest.slice(0, 2)));
  await eachAtOnce(
    prefixes.filter((prefix) => wanted.has(prefix)),
    remote.jobs,
    async (prefix) => {
      for (const digest of await digestsIn(remote, `${root}${prefix}`, hash)) found.add(digest);
    },
  );
  for (const { digest } of question.objects) if (found.has(digest)) question.present.add(digest);
}

async function digestsIn(remote: Remote, folder: string, hash: HashName): Promise<readonly string[]> {
  const digests: string[] = [];
  for await (const { path } of remote.list(folder)) {
    const digest = remoteDigest(path, hash);
    if (digest !== null) digests.push(digest);
  }
  return digests;
}
