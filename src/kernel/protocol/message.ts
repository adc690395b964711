import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { StemmaError } from "../../error.ts";

/** Jupyter's messaging version that the kernel speaks. */
export const protocolVersion = "5.4";

/** The header of a message; keys as they are on the wire. */
export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
}

export type Content = Readonly<Record<string, unknown>>;

/**
 * One message of Jupyter's protocol.
 *
 * @see https://jupyter-client.readthedocs.io/en/stable/messaging.html, "The Wire Protocol"
 */
export interface Message {
  /** Routing prefix: whom a reply goes to, or the topic of a publication. */
  readonly idents: readonly Uint8Array[];
  readonly header: Header;
  /** The header of the message that caused this one; empty where nothing did. */
  readonly parent: Header | Readonly<Record<string, never>>;
  readonly metadata: Content;
  readonly content: Content;
  readonly buffers: readonly Uint8Array[];
}

/** A message to send; the content may be its JSON text already. */
export interface Draft extends Omit<Message, "content"> {
  readonly content: Content | Uint8Array;
}

const delimiter = "<IDS|MSG>";

/**
 * The message in the frames of a socket.
 *
 * @param key signs the frames (HMAC-SHA256); an empty key means that nothing is signed
 * @throws {StemmaError} the frames are no message, or the signature is wrong
 */
export function parseMessage(frames: readonly Uint8Array[], key: string): Message {
  const texts = frames.map(viewOf);
  const at = texts.findIndex((frame) => frame.toString() === delimiter);
  const signature = texts[at + 1];
  const [header, parent, metadata, content, ...buffers] = texts.slice(at + 2);
  if (at < 0 || !signature || !header || !parent || !metadata || !content)
    throw new StemmaError("MESSAGE", `A message of ${frames.length} frames is none of Jupyter's; it was dropped.`);
  if (!isSigned(signature.toString(), sign([header, parent, metadata, content], key)))
    throw new StemmaError("MESSAGE", "A message came with a wrong signature; it was dropped.");
  return {
    idents: texts.slice(0, at),
    header: parseObject(header) as unknown as Header,
    parent: parseObject(parent) as Message["parent"],
    metadata: parseObject(metadata),
    content: parseObject(content),
    buffers,
  };
}

/** The frames of a message, signed with the key. */
export function printMessage(message: Draft, key: string): Buffer[] {
  const { header, parent, metadata, content } = message;
  const parts = [header, parent, metadata].map((part) => Buffer.from(JSON.stringify(part)));
  const text = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  const signed = [...parts, viewOf(text)];
  const idents = message.idents.map((ident) => Buffer.from(ident));
  return [...idents, Buffer.from(delimiter), Buffer.from(sign(signed, key)), ...signed, ...message.buffers.map(viewOf)];
}

/** A new header of the kernel's session. */
export function newHeader(type: string, session: string): Header {
  const date = new Date().toISOString();
  return { msg_id: randomUUID(), msg_type: type, session, username: "kernel", date, version: protocolVersion };
}

/** A Buffer on the same bytes. */
function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Of the four parts that are JSON: as in jupyter_client's Session.sign, the buffers are not signed. */
function sign(frames: readonly Uint8Array[], key: string): string {
  if (key === "") return "";
  const hash = createHmac("sha256", key);
  for (const frame of frames) hash.update(frame);
  return hash.digest("hex");
}

function isSigned(given: string, wanted: string): boolean {
  return given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));
}

function parseObject(frame: Buffer): Content {
  const value: unknown = JSON.parse(frame.toString());
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Content;
  throw new StemmaError("MESSAGE", "A part of a message is no JSON object; the message was dropped.");
}
