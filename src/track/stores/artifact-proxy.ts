import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { ArtifactNotFoundError } from "../errors.ts";
import { uploadInParts } from "./artifact-parts.ts";
import { encoded, type Proxied } from "./artifact-path.ts";
import { ServerAnswerError } from "./rest-errors.ts";
import { refusedAs } from "./rest-runs.ts";
import type { RestRequest, Server } from "./rest-server.ts";

/** What goes up. @see RestRequest.body */
export interface Upload {
  readonly body: NonNullable<RestRequest<void>["body"]>;
  readonly bytes: number;
}

/** Sends bytes through the proxy. */
export function uploadBytes(server: Server, { base, path }: Proxied, { body, bytes }: Upload): Promise<void> {
  const headers = { "content-type": "application/octet-stream", "content-length": String(bytes) };
  return server.send({
    method: "PUT",
    path: base + encoded(path),
    headers,
    body,
    repeatable: true,
    read: (response) => taken(server, response),
  });
}

/** Sends a file: a large one in parts, straight to where the server keeps it, where the server offers that. */
export async function uploadStream(
  server: Server,
  target: Proxied,
  { file, bytes }: { readonly file: string; readonly bytes: number },
): Promise<void> {
  if (await uploadInParts(server, target, { file, bytes })) return;
  const body = (): NonNullable<RequestInit["body"]> =>
    Readable.toWeb(createReadStream(file)) as NonNullable<RequestInit["body"]>;
  await uploadBytes(server, target, { body, bytes });
}

// A stock server answers an upload with nothing, ours with {}; a page in HTML is from something in front of them.
async function taken(server: Server, response: Response): Promise<void> {
  const text = await response.text();
  if (/text\/html/.test(response.headers.get("content-type") ?? "") || text.trimStart().startsWith("<"))
    throw new ServerAnswerError(server.url, "answered an upload with a page");
}

/** Reads an artifact through the proxy. @throws {ArtifactNotFoundError} */
export async function download<T>(
  server: Server,
  { id, path, base }: Proxied,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  try {
    return await server.send({ method: "GET", path: base + encoded(path), repeatable: true, read });
  } catch (thrown) {
    if (refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST")) throw new ArtifactNotFoundError(path, id);
    throw thrown;
  }
}
