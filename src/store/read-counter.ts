import { workerData } from "node:worker_threads";

/** What a thread that reads files is started with, so that its bytes count too. */
export interface CountedThread {
  readonly bytesRead: SharedArrayBuffer;
}

/** Bytes that this process has read to hash them: shared with its threads, so that a file of many GB is seen to move. */
const counter = new BigInt64Array(given() ?? new SharedArrayBuffer(8));

function given(): SharedArrayBuffer | null {
  const { bytesRead }: { readonly bytesRead?: unknown } = Object(workerData);
  return bytesRead instanceof SharedArrayBuffer ? bytesRead : null;
}

export function countRead(bytes: number): void {
  Atomics.add(counter, 0, BigInt(bytes));
}

/** How many bytes this process has read to hash them, since it began; for a progress line. */
export function bytesHashed(): number {
  return Number(Atomics.load(counter, 0));
}

/** For `new Worker(…, { workerData })`. */
export function countedThread(): CountedThread {
  return { bytesRead: counter.buffer as SharedArrayBuffer };
}
