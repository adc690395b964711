import { setTimeout as wait } from "node:timers/promises";
import { answerOf, type HttpAnswer, type HttpPlace, httpPlace } from "./http-request.ts";
import type { ReadOptions, Remote, RemoteFile, RemoteSettings } from "./remote.ts";
import { below, type Upload } from "./remote.ts";
import { isUnreachable, missingFile, RemoteError, withoutPassword } from "./remote-error.ts";

/** A web server, to read from: DVC's remotes over HTTP, and files to import. */
export function openHttpRemote(settings: RemoteSettings): Remote {
  const place = httpPlace(settings);
  const url = withoutPassword(settings.url);
  const refuse = (what: string): RemoteError =>
    new RemoteError(
      "UNSUPPORTED",
      `${url} is a web server, which cannot ${what}. Use a remote in S3, over SSH or in a folder.`,
    );
  return {
    url,
    jobs: 16,
    localFolder: null,
    lists: false,
    writes: false,
    stat: (path) => statOf(place, path),
    list: () => {
      throw refuse("list its files");
    },
    read: (path, options = {}) => readFrom(place, path, options),
    write: async (_path: string, _upload: Upload) => {
      throw refuse("take files from here");
    },
    remove: async () => {
      throw refuse("delete files");
    },
    close: async () => place.close(),
  };
}

async function statOf(place: HttpPlace, path: string): Promise<RemoteFile | null> {
  const head = await asked(place, { method: "HEAD", path });
  head.discard();
  if (head.status === 404 || head.status === 410) return null;
  // Some servers know no HEAD; then a GET that is not read says as much.
  const answer = head.status === 405 || head.status === 501 ? await asked(place, { method: "GET", path }) : head;
  answer.discard();
  if (answer.status === 404) return null;
  checkStatus(place, path, answer);
  const bytes = answer.headers["content-length"];
  const etag = answer.headers.etag ?? answer.headers["content-md5"];
  return {
    path,
    bytes: bytes === undefined ? null : Number(bytes),
    folder: false,
    etag: typeof etag === "string" ? etag : null,
    answer: said(answer),
  };
}

// fsspec/implementations/http.py, _file_info
function said({ headers, url }: HttpAnswer): Readonly<Record<string, string | boolean>> {
  const type = headers["content-type"]?.split(";")[0];
  const { digest, "last-modified": modified } = headers;
  return {
    ...(type === undefined ? {} : { mimetype: type }),
    ...(headers["accept-ranges"] === "none" ? { partial: false } : {}),
    url,
    ...(typeof digest === "string" ? { Digest: digest } : {}),
    ...(modified === undefined ? {} : { "Last-Modified": modified }),
  };
}

async function readFrom(place: HttpPlace, path: string, options: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
  const { from = 0, signal } = options;
  const answer = await asked(place, {
    method: "GET",
    path,
    ...(from > 0 ? { headers: { range: `bytes=${from}-` } } : {}),
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.status === 404 || answer.status === 410) {
    answer.discard();
    throw missingFile(place.url, path);
  }
  // Nothing is left behind what was asked for: the file ends there.
  if (answer.status === 416 && from > 0) {
    answer.discard();
    return nothing();
  }
  checkStatus(place, path, answer);
  const skip = from > 0 && answer.status !== 206 ? from : 0;
  return bodyOf(place, { path, answer, skip });
}

async function* nothing(): AsyncIterable<Uint8Array> {}

/** The body; a server that knows no ranges sends all of it again. */
async function* bodyOf(
  place: HttpPlace,
  { path, answer, skip }: { readonly path: string; readonly answer: HttpAnswer; readonly skip: number },
): AsyncIterable<Uint8Array> {
  let left = skip;
  try {
    for await (const bytes of answer.body) {
      const rest = left >= bytes.length ? new Uint8Array() : bytes.subarray(left);
      left = Math.max(0, left - bytes.length);
      if (rest.length > 0) yield rest;
    }
  } catch (cause) {
    throw httpError(place, path, cause);
  }
}

interface Question {
  readonly method: "GET" | "HEAD";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const attempts = 4;
const firstWaitMs = 200;

/** An answer; a server that is out of breath is asked again. */
async function asked(place: HttpPlace, question: Question): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await answerOf(place, { ...question, url: urlOf(place, question.path) });
      if (attempt === attempts || !(answer.status === 429 || answer.status >= 502)) return answer;
      answer.discard();
    } catch (error) {
      if (attempt === attempts || !isUnreachable(error)) throw httpError(place, question.path, error);
    }
    await wait(
      firstWaitMs * 2 ** (attempt - 1),
      undefined,
      question.signal === undefined ? {} : { signal: question.signal },
    );
  }
}

function urlOf(place: HttpPlace, path: string): string {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return path === "" ? place.base : below(place.base, encoded);
}

function checkStatus(place: HttpPlace, path: string, answer: HttpAnswer): void {
  if (answer.status >= 200 && answer.status < 300) return;
  answer.discard();
  const file = path === "" ? place.url : `${place.url}/${path}`;
  if (answer.status === 401 || answer.status === 403) {
    throw new RemoteError(
      "DENIED",
      `${file} does not let you in (${answer.status}). Set auth, user and password of the remote with remote modify --local.`,
    );
  }
  throw new RemoteError("FAILED", `${file} answered ${answer.status} ${answer.reason}.`);
}

function httpError(place: HttpPlace, path: string, cause: unknown): unknown {
  if (cause instanceof RemoteError || (cause as { readonly name?: unknown }).name === "AbortError") return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const trouble = isUnreachable(cause) ? "UNREACHABLE" : "FAILED";
  return new RemoteError(trouble, `No answer from ${place.url} for ${path || "it"} (${message}). Is the server up?`, {
    cause,
  });
}
