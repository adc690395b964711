import { syncNames } from "../store/index.ts";

/** Some ten short stages; less than anybody waits for a long one. */
const groupMs = 100;

/**
 * Brings names that stages were given, of objects and of lock files, to the disk: in groups, while the next stages run. A kill loses
 * none of them; a power cut those of a moment, whose stages then run again.
 */
export class NewNames {
  /** Folders of the cache with new names. */
  readonly objects: Set<string> = new Set();
  /** Folders of lock files that were replaced. */
  readonly locks: Set<string> = new Set();
  private readonly cache: string;
  private timer: NodeJS.Timeout | null = null;
  private last: Promise<void> = Promise.resolve();

  /** @param cache the cache's folder */
  constructor(cache: string) {
    this.cache = cache;
  }

  /** With what is new until then. */
  soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.last = this.last.then(() => this.sync());
      // What goes wrong is told by settle().
      this.last.catch(() => {});
    }, groupMs).unref();
  }

  /** All of them are on the disk when it returns. */
  async settle(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    await this.last;
    await this.sync();
  }

  // A lock names objects: these come first.
  private async sync(): Promise<void> {
    await syncNames(taken(this.objects), this.cache);
    for (const folder of taken(this.locks)) await syncNames(new Set([folder]), folder);
  }
}

function taken(folders: Set<string>): ReadonlySet<string> {
  const all = new Set(folders);
  folders.clear();
  return all;
}
