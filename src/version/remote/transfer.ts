import { StemmaError } from "../../error.ts";
import { RemoteError } from "../../store/index.ts";

/** How far a transfer is. */
export interface TransferProgress {
  readonly verb: "push" | "fetch";
  /** The remote's name. */
  readonly remote: string;
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly seconds: number;
}

export interface TransferOptions {
  /** Transfers at once; what suits the remote without it. */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** A file that did not get through. */
export interface TransferFailure {
  /** From the project's root. */
  readonly path: string;
  readonly message: string;
}

/** What a push or fetch moved. */
export interface Transfer {
  /** The remotes that it went to or came from. */
  readonly remotes: readonly string[];
  /** Objects moved: files by content, and listings of folders. */
  readonly files: number;
  readonly bytes: number;
  /** Files and folders, from the project's root, that are neither here nor there. */
  readonly missing: readonly string[];
  readonly failed: readonly TransferFailure[];
}

/** Some files did not get through; the others did. */
export class TransferError extends StemmaError {
  readonly transfer: Transfer;

  constructor(verb: "push" | "fetch", transfer: Transfer) {
    const [first] = transfer.failed;
    const count = transfer.failed.length;
    const done = verb === "push" ? "uploaded" : "downloaded";
    super(
      "TRANSFER_FAILED",
      `${count} file${count === 1 ? "" : "s"} failed to be ${done}. ${first?.path}: ${first?.message}`,
    );
    this.transfer = transfer;
  }
}

export const nothingMoved: Transfer = { remotes: [], files: 0, bytes: 0, missing: [], failed: [] };

/** Two transfers as one. */
export function together(a: Transfer, b: Transfer): Transfer {
  return {
    remotes: [...new Set([...a.remotes, ...b.remotes])],
    files: a.files + b.files,
    bytes: a.bytes + b.bytes,
    missing: [...new Set([...a.missing, ...b.missing])],
    failed: [...a.failed, ...b.failed],
  };
}

/** Whether trouble with one file will be trouble with all others: then they are not tried. */
export function endsAll(error: unknown): boolean {
  if (!(error instanceof RemoteError)) return isStop(error) || isFull(error);
  return error.trouble === "DENIED" || error.trouble === "UNREACHABLE" || error.trouble === "UNSUPPORTED";
}

function isStop(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function isFull(error: unknown): boolean {
  const code = typeof error === "object" && error !== null ? Reflect.get(error, "code") : null;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EROFS" || code === "EMFILE";
}

/** Counts what has moved, and tells it a few times a second. */
export interface Counter {
  file(): void;
  bytes(count: number): void;
  readonly moved: { readonly files: number; readonly bytes: number };
}

const tellEveryMs = 100;

export function counter(
  about: Pick<TransferProgress, "verb" | "remote" | "totalFiles">,
  onProgress: ((progress: TransferProgress) => void) | undefined,
): Counter {
  const startMs = performance.now();
  const moved = { files: 0, bytes: 0 };
  let toldMs = 0;
  const tell = (): void => {
    const nowMs = performance.now();
    if (onProgress === undefined || (nowMs - toldMs < tellEveryMs && moved.files < about.totalFiles)) return;
    toldMs = nowMs;
    onProgress({ ...about, ...moved, seconds: (nowMs - startMs) / 1000 });
  };
  return {
    moved,
    file() {
      moved.files += 1;
      tell();
    },
    bytes(count) {
      moved.bytes += count;
      tell();
    },
  };
}
