import { setImmediate } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { errorFrom } from "../error.ts";
import { copyEach, type FileCopy } from "./copy-file.ts";
import { digestsOf, type SizedFile } from "./hashed-file.ts";
import { longestFirst } from "./md5/index.ts";
import { keepThreads, lendThreads } from "./put-pool.ts";
import type { PutAnswer, PutRequest } from "./put-worker.ts";
import { type Group, placeFolders, type StageJob, stageFiles } from "./stage-file.ts";

/** Hashes, stages, places and copies files so that the caller's event loop stays free: in slices of this thread, or in others. */
export interface Putter {
  /** Answers in the order of the files. */
  hash(files: readonly SizedFile[]): Promise<readonly string[]>;
  /** The digests, in the order of the jobs. */
  stage(group: Group, jobs: readonly StageJob[]): Promise<readonly string[]>;
  /** @param names of the folders below the group's */
  place(group: Group, names: readonly string[]): Promise<void>;
  /** Of each, in their order, whether it holds the bytes of its digest. */
  copy(copies: readonly FileCopy[]): Promise<readonly boolean[]>;
  close(): Promise<void>;
}

/** The most that is done at once: so many files; or so many bytes, of files enough to hash several together. */
interface Portion {
  readonly files: number;
  readonly bytes: number;
  readonly together: number;
}

/** Some 20 ms: the event loop waits no longer for a stop button. */
const slice: Portion = { files: 100, bytes: 4 * 1024 * 1024, together: 1 };
/** Enough that a message more costs nothing, and that all threads end at about the same time. */
const portion: Portion = { files: 250, bytes: 64 * 1024 * 1024, together: 8 };

/** Everything in this thread, in slices. */
export function inlinePutter(signal: AbortSignal | null): Putter {
  const inSlices = async <T extends SizedFile, R>(
    files: readonly T[],
    work: (part: readonly T[]) => readonly R[],
  ): Promise<readonly R[]> => {
    const results: R[] = [];
    for (const part of portions(files, slice)) {
      results.push(...work(part));
      await setImmediate();
      signal?.throwIfAborted();
    }
    return results;
  };
  return {
    hash: (files) => inSlices(files, digestsOf),
    stage: (group, jobs) => inSlices(jobs, (part) => stageFiles(group, part)),
    place: async (group, names) => {
      for (const part of batches(names)) {
        placeFolders(group, part);
        await setImmediate();
        signal?.throwIfAborted();
      }
    },
    copy: (copies) => inSlices(copies, copyEach),
    close: async () => {},
  };
}

/** As many threads as there are processors, four at most: more only wait for the disk. */
export function threadPutter(signal: AbortSignal | null): Putter {
  const threads = lendThreads();
  // What was stopped, or has failed, may still be at work.
  let areFree = true;
  const run = async (requests: readonly PutRequest[]): Promise<readonly PutAnswer[]> => {
    areFree = false;
    const answers = await stoppable(shared(threads, requests), signal);
    areFree = true;
    return answers;
  };
  const share = <T extends SizedFile, R>(
    files: readonly T[],
    request: (part: readonly T[]) => PutRequest,
    results: (answer: PutAnswer) => readonly R[],
  ): Promise<readonly R[]> =>
    longestInFront(files, async (sorted) => (await run(portions(sorted, portion).map(request))).flatMap(results));
  return {
    hash: (files) => share(files, (part) => ({ kind: "hash", files: part }), digestsIn),
    stage: (group, jobs) => share(jobs, (part) => ({ kind: "stage", group, jobs: part }), digestsIn),
    place: async (group, names) => {
      await run(batches(names).map((part) => ({ kind: "place", group, names: part })));
    },
    copy: (copies) => share(copies, (part) => ({ kind: "copy", copies: part }), wholeIn),
    close: async () => {
      if (areFree) keepThreads(threads);
      else await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

function digestsIn(answer: PutAnswer): readonly string[] {
  return answer.kind === "hashed" ? answer.digests : [];
}

function wholeIn(answer: PutAnswer): readonly boolean[] {
  return answer.kind === "copied" ? answer.whole : [];
}

/** Lets the longest files be done first, so that no thread is alone with one at the end; answers in the files' order. */
async function longestInFront<T extends SizedFile, R>(
  files: readonly T[],
  work: (sorted: readonly T[]) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  const order = longestFirst(files.map(({ bytes }, index) => ({ bytes, index })));
  const results = await work(order.flatMap(({ index }) => files[index] ?? []));
  const inOrder: R[] = new Array(files.length);
  results.forEach((result, i) => {
    inOrder[order[i]?.index ?? i] = result;
  });
  return inOrder;
}

function portions<T extends SizedFile>(files: readonly T[], most: Portion): readonly (readonly T[])[] {
  const parts: T[][] = [];
  let part: T[] = [];
  let bytes = 0;
  let longest = 0;
  for (const file of files) {
    part.push(file);
    bytes += file.bytes;
    longest = Math.max(longest, file.bytes);
    const isLong = bytes >= most.bytes && (part.length >= most.together || longest > bytes / 2);
    if (part.length < most.files && !isLong) continue;
    parts.push(part);
    [part, bytes, longest] = [[], 0, 0];
  }
  return part.length === 0 ? parts : [...parts, part];
}

/** Folders, of which each holds one file in 256. */
const batchSize = 32;

function batches<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / batchSize);
  return Array.from({ length: count }, (_, i) => items.slice(i * batchSize, (i + 1) * batchSize));
}

/** Each thread takes the next request when it has answered; answers in the order of the requests. */
async function shared(threads: readonly Worker[], requests: readonly PutRequest[]): Promise<readonly PutAnswer[]> {
  const answers: PutAnswer[] = [];
  let next = 0;
  const drain = async (thread: Worker): Promise<void> => {
    while (next < requests.length) {
      const index = next++;
      const request = requests[index];
      if (request !== undefined) answers[index] = await ask(thread, request);
    }
  };
  await Promise.all(threads.map(drain));
  return answers;
}

function ask(thread: Worker, request: PutRequest): Promise<PutAnswer> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      thread.removeAllListeners("message").removeAllListeners("error").removeAllListeners("exit");
      settle();
    };
    thread.once("message", (answer: PutAnswer) =>
      done(() => (answer.kind === "failed" ? reject(errorFrom(answer.error)) : resolve(answer))),
    );
    thread.once("error", (error) => done(() => reject(error)));
    thread.once("exit", (code) => done(() => reject(new Error(`A thread that keeps files ended with code ${code}`))));
    thread.postMessage(request);
  });
}

async function stoppable<T>(work: Promise<T>, signal: AbortSignal | null): Promise<T> {
  if (signal === null) return work;
  signal.throwIfAborted();
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
    work.catch(() => {});
  }
}
