/** One file or folder of a remote. */
export interface RemoteFile {
  /** From the remote's root, with `/`; empty for the root itself. */
  readonly path: string;
  /** null where the place does not say. */
  readonly bytes: number | null;
  readonly folder: boolean;
  /** What the place tells versions apart by, as DVC writes it down: S3's without quotes, a web server's as it is sent; null where it has none. */
  readonly etag: string | null;
  /** What a web server says of the file besides: by the names, and in the order, of which DVC makes a checksum when there is no etag. */
  readonly answer?: Readonly<Record<string, string | boolean>>;
}

export interface ReadOptions {
  /** Bytes to leave out at the start, to go on with a broken transfer. */
  readonly from?: number;
  readonly signal?: AbortSignal;
}

/** A file on this machine that goes to a remote. */
export interface Upload {
  readonly file: string;
  readonly bytes: number;
  /** The MD5 that the bytes must have; null where it is not known. A file with other bytes gets no name at the remote. */
  readonly md5: string | null;
}

export interface WriteOptions {
  readonly signal?: AbortSignal;
  /** Permission bits, where the place has such; 0444 without it, as DVC's objects have. */
  readonly mode?: number;
  /** Called with bytes as they leave. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * A place outside of the project that keeps files by path: a remote of DVC's, or where data is imported from.
 * Every driver passes one suite, `test/conformance/remote.ts`.
 */
export interface Remote {
  /** For messages; never holds a password. */
  readonly url: string;
  /** Transfers at once that suit the place. */
  readonly jobs: number;
  /** The folder on this machine, where it is one. */
  readonly localFolder: string | null;
  readonly lists: boolean;
  readonly writes: boolean;
  /** null when there is no such file or folder. */
  stat(path: string): Promise<RemoteFile | null>;
  /**
   * The files below a folder, all of them or only its own and its folders; in no order. Nothing where there is no folder.
   *
   * @throws {RemoteError} `UNSUPPORTED` where {@link lists} is false
   */
  list(folder: string, options?: { readonly recursive?: boolean }): AsyncIterable<RemoteFile>;
  /** @throws {RemoteError} `MISSING` when there is no such file */
  read(path: string, options?: ReadOptions): Promise<AsyncIterable<Uint8Array>>;
  /** Writes a file whole or not at all; a reader never sees a part. */
  write(path: string, upload: Upload, options?: WriteOptions): Promise<void>;
  /** Takes files away; those that are not there count as taken. */
  remove(paths: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Where a remote is and what DVC's configuration says of it: `url` and the keys of its section. */
export interface RemoteSettings {
  readonly url: string;
  readonly options: ReadonlyMap<string, string>;
}

/** A switch of the configuration. */
export function isOn(settings: RemoteSettings, key: string, missing: boolean): boolean {
  return (settings.options.get(key) ?? String(missing)).toLowerCase() === "true";
}

/** A path below a root; the root itself for an empty one. */
export function below(root: string, path: string): string {
  if (path === "") return root;
  return root === "" || root.endsWith("/") ? `${root}${path}` : `${root}/${path}`;
}
