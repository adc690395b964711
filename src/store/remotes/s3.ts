import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { Readable, Transform } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { checkBytes } from "./local.ts";
import type { WriteOptions } from "./remote.ts";
import { below, type ReadOptions, type Remote, type RemoteFile, type RemoteSettings, type Upload } from "./remote.ts";
import { missingFile, RemoteError } from "./remote-error.ts";
import { type S3Packages, s3Client, s3Packages } from "./s3-client.ts";
import { isMissing, s3Error } from "./s3-error.ts";
import { customerKey, writeFields } from "./s3-fields.ts";

interface Bucket {
  readonly client: S3Client;
  readonly sdk: S3Packages;
  readonly url: string;
  readonly name: string;
  /** The key of the root, without `/` behind it. */
  readonly root: string;
  readonly settings: RemoteSettings;
}

/**
 * A bucket of S3, or of a server that speaks S3, or a folder in one.
 *
 * @throws {RemoteError} the AWS SDK is not installed, or the settings contradict each other
 */
export async function openS3Remote(settings: RemoteSettings): Promise<Remote> {
  const match = /^s3:\/\/([^/?]+)\/?([^?]*?)\/*$/.exec(settings.url);
  if (match === null) {
    throw new RemoteError("UNSUPPORTED", `"${settings.url}" is no address in S3; write it as s3://bucket/path.`);
  }
  const [, name = "", root = ""] = match;
  const sdk = await s3Packages();
  const client = await s3Client(sdk, settings);
  const bucket: Bucket = { client, sdk, url: settings.url, name, root, settings };
  return {
    url: settings.url,
    jobs: 32,
    localFolder: null,
    lists: true,
    writes: true,
    stat: (path) => statOf(bucket, path),
    list: (folder, options = {}) => listBelow(bucket, folder, options.recursive !== false),
    read: (path, options = {}) => readFrom(bucket, path, options),
    write: (path, upload, options = {}) => writeTo(bucket, { path, upload }, options),
    remove: (paths) => removeAll(bucket, paths),
    close: async () => client.destroy(),
  };
}

async function statOf(bucket: Bucket, path: string): Promise<RemoteFile | null> {
  const { client, sdk, name, root, settings } = bucket;
  const key = below(root, path);
  if (key !== "") {
    try {
      const head = await client.send(new sdk.HeadObjectCommand({ Bucket: name, Key: key, ...customerKey(settings) }));
      return { path, bytes: head.ContentLength ?? null, folder: false, etag: unquoted(head.ETag) };
    } catch (error) {
      if (!isMissing(error)) throw s3Error(error, bucket, path);
    }
  }
  // A folder is only what its files' names say.
  for await (const _ of pages(bucket, { folder: path, recursive: true, limit: 1 })) {
    return { path, bytes: null, folder: true, etag: null };
  }
  return null;
}

async function* listBelow(bucket: Bucket, folder: string, recursive: boolean): AsyncIterable<RemoteFile> {
  yield* pages(bucket, { folder, recursive, limit: 1000 });
}

interface Listing {
  readonly folder: string;
  readonly recursive: boolean;
  readonly limit: number;
}

async function* pages(bucket: Bucket, listing: Listing): AsyncIterable<RemoteFile> {
  const { client, sdk, name, root } = bucket;
  const at = below(root, listing.folder);
  const prefix = at === "" ? "" : `${at}/`;
  const cut = root === "" ? 0 : root.length + 1;
  for (let token: string | undefined, more = true; more; ) {
    const page = await client
      .send(
        new sdk.ListObjectsV2Command({
          Bucket: name,
          Prefix: prefix,
          MaxKeys: listing.limit,
          ...(listing.recursive ? {} : { Delimiter: "/" }),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      )
      .catch((error: unknown) => {
        throw s3Error(error, bucket, listing.folder);
      });
    for (const { Key: key = "", Size: bytes = 0, ETag: etag } of page.Contents ?? []) {
      // Consoles make empty objects `folder/` to show a folder.
      if (!key.endsWith("/")) yield { path: key.slice(cut), bytes, folder: false, etag: unquoted(etag) };
    }
    for (const { Prefix: key = "" } of page.CommonPrefixes ?? []) {
      yield { path: key.slice(cut, -1), bytes: null, folder: true, etag: null };
    }
    token = page.NextContinuationToken;
    more = page.IsTruncated === true && token !== undefined;
  }
}

async function readFrom(bucket: Bucket, path: string, options: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
  const { client, sdk, name, root, settings } = bucket;
  const { from = 0, signal } = options;
  const command = new sdk.GetObjectCommand({
    Bucket: name,
    Key: below(root, path),
    ...customerKey(settings),
    ...(from > 0 ? { Range: `bytes=${from}-` } : {}),
  });
  try {
    const { Body: body } = await client.send(command, signal === undefined ? {} : { abortSignal: signal });
    if (body instanceof Readable) return bodyOf(bucket, path, body);
    throw new RemoteError("FAILED", `${bucket.url} answered ${path} without content.`);
  } catch (error) {
    if (isMissing(error)) throw missingFile(bucket.url, path, error);
    throw s3Error(error, bucket, path);
  }
}

async function* bodyOf(bucket: Bucket, path: string, body: Readable): AsyncIterable<Uint8Array> {
  try {
    yield* body as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw s3Error(error, bucket, path);
  }
}

interface Target {
  readonly path: string;
  readonly upload: Upload;
}

const partBytes = 8 * 1024 * 1024;

async function writeTo(bucket: Bucket, target: Target, options: WriteOptions): Promise<void> {
  try {
    await (target.upload.bytes <= partBytes ? putWhole : putParts)(bucket, target, options);
  } catch (error) {
    throw error instanceof RemoteError ? error : s3Error(error, bucket, target.path);
  }
}

async function putWhole(bucket: Bucket, { path, upload }: Target, options: WriteOptions): Promise<void> {
  const { client, sdk, name, root, settings } = bucket;
  const body = readFileSync(upload.file);
  const digest = createHash("md5").update(body).digest();
  checkBytes(upload, digest.toString("hex"));
  const command = new sdk.PutObjectCommand({
    Bucket: name,
    Key: below(root, path),
    Body: body,
    // The server refuses a body that was changed on its way.
    ContentMD5: digest.toString("base64"),
    ...writeFields(settings),
  });
  await client.send(command, options.signal === undefined ? {} : { abortSignal: options.signal });
  options.onBytes?.(body.length);
}

// S3 takes at most 10,000 parts of one object.
async function putParts(bucket: Bucket, { path, upload }: Target, options: WriteOptions): Promise<void> {
  const { client, sdk, name, root, settings } = bucket;
  const hash = createHash("md5");
  const checked = new Transform({
    transform(bytes: Uint8Array, _encoding, done) {
      hash.update(bytes);
      options.onBytes?.(bytes.length);
      done(null, bytes);
    },
    flush(done) {
      try {
        checkBytes(upload, hash.digest("hex"));
        done();
      } catch (error) {
        // The upload fails at its end, and its parts are taken away: the object never gets its name.
        done(error as Error);
      }
    },
  });
  const source = createReadStream(upload.file, { highWaterMark: 1024 * 1024 });
  source.on("error", (error) => checked.destroy(error));
  const sending = new sdk.Upload({
    client,
    params: { Bucket: name, Key: below(root, path), Body: source.pipe(checked), ...writeFields(settings) },
    partSize: Math.max(partBytes, Math.ceil(upload.bytes / 9_000)),
    queueSize: 4,
  });
  const abort = (): void => void sending.abort();
  options.signal?.addEventListener("abort", abort, { once: true });
  try {
    await sending.done();
  } finally {
    options.signal?.removeEventListener("abort", abort);
    source.destroy();
  }
}

async function removeAll(bucket: Bucket, paths: readonly string[]): Promise<void> {
  const { client, sdk, name, root } = bucket;
  for (let i = 0; i < paths.length; i += 1000) {
    const keys = paths.slice(i, i + 1000).map((path) => ({ Key: below(root, path) }));
    const answer = await client
      .send(new sdk.DeleteObjectsCommand({ Bucket: name, Delete: { Objects: keys, Quiet: true } }))
      .catch((error: unknown) => {
        throw s3Error(error, bucket, paths[i] ?? "");
      });
    const failed = answer.Errors?.[0];
    if (failed !== undefined) {
      throw new RemoteError("DENIED", `${failed.Key} at ${bucket.url} was not deleted: ${failed.Message}.`);
    }
  }
}

function unquoted(etag: string | undefined): string | null {
  return etag?.replaceAll('"', "") ?? null;
}
