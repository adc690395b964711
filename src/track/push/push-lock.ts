import { join } from "node:path";
import { StemmaError } from "../../error.ts";
import { LockedError, md5, type Project, withLock } from "../../store/index.ts";

/** Somebody else of this project sends to the same server, and does not come to an end. */
export class PushLockedError extends StemmaError {
  constructor(url: string, options: { readonly cause: unknown }) {
    super(
      "PUSH_LOCKED",
      `Another process has been sending a run of this project to ${url} for ${longestMs / 1000} s. Push again when it is done.`,
      options,
    );
  }
}

const longestMs = 120_000;

/**
 * Does what finds out whether a server has something and then makes it, while nobody else of this project does that with
 * the same server: otherwise both would make it. Ends with this process, however that ends.
 *
 * @throws {PushLockedError}
 */
export async function whilePushing<T>(project: Project, url: string, work: () => Promise<T>): Promise<T> {
  const path = join(project.stemmaFolder, `push-${md5(url).slice(0, 8)}.lock`);
  try {
    return await withLock(path, work, { waitMs: longestMs });
  } catch (cause) {
    if (cause instanceof LockedError && cause.path === path) throw new PushLockedError(url, { cause });
    throw cause;
  }
}
