import { StemmaError } from "../error.ts";
import type { Content, Header } from "./protocol/index.ts";

/**
 * What the two processes of a kernel tell each other. The broker has Jupyter's sockets; the other process runs the cells,
 * and nothing that a cell does can keep the broker from answering.
 */
export type ToCells =
  | { readonly kind: "request"; readonly type: string; readonly header: Header; readonly metadata: Content }
  /** The stop button, for the cell of one request; `sentMs` is the clock when it was pressed. */
  | { readonly kind: "stop"; readonly request: string; readonly sentMs: number }
  | { readonly kind: "ping"; readonly number: number }
  | { readonly kind: "input"; readonly request: string; readonly value: string }
  | { readonly kind: "shutdown" };

export type FromCells =
  | { readonly kind: "ready" }
  | {
      readonly kind: "publish";
      readonly type: string;
      readonly parent: Header | null;
      readonly metadata: Content;
    }
  /** A request has been read, and is begun with. */
  | { readonly kind: "taken"; readonly request: string; readonly isCell: boolean }
  /** The end of a request; its body is null where the protocol has no reply. */
  | { readonly kind: "reply"; readonly request: string }
  | { readonly kind: "pong"; readonly number: number }
  /** A process of a cell that does not hold the cell up. */
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "input"; readonly request: string; readonly prompt: string; readonly password: boolean };

/** File descriptors of the process that runs the cells: it writes, it reads, its guard reads. */
export const link = { up: 3, down: 4, guard: 5 } as const;

/** One message: what it is, the JSON text of its content, and bytes that belong to it. */
export interface Parcel<Head> {
  readonly head: Head;
  /** JSON; the broker passes it on unread. */
  readonly body: Uint8Array;
  readonly buffers: readonly Uint8Array[];
}

/** The bytes of a parcel: the number of its parts, the length of each, the parts. */
export function printParcel<Head>({ head, body, buffers }: Parcel<Head>): Buffer[] {
  const parts = [Buffer.from(JSON.stringify(head)), body, ...buffers];
  const lengths = Buffer.alloc(4 * (parts.length + 1));
  for (const [index, length] of [parts.length, ...parts.map((part) => part.byteLength)].entries())
    lengths.writeUInt32LE(length, 4 * index);
  return [lengths, ...parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))];
}

/**
 * Puts the parcels together that come in pieces.
 *
 * @returns takes a piece and gives what is complete with it, in order
 */
export function parcelReader<Head>(): (piece: Uint8Array) => Parcel<Head>[] {
  let pieces: Uint8Array[] = [];
  let have = 0;
  let wanted = 4;
  return (piece) => {
    pieces.push(piece);
    have += piece.byteLength;
    // A message of 50 MB comes in hundreds of pieces: they are joined once.
    if (have < wanted) return [];
    let bytes = Buffer.concat(pieces);
    const parcels: Parcel<Head>[] = [];
    for (;;) {
      wanted = lengthOf(bytes);
      if (bytes.byteLength < wanted) break;
      parcels.push(parseParcel<Head>(bytes.subarray(0, wanted)));
      bytes = bytes.subarray(wanted);
    }
    pieces = [bytes];
    have = bytes.byteLength;
    return parcels;
  };
}

/** How many bytes the parcel at the beginning has; a lower bound where its head has not come yet. */
function lengthOf(bytes: Buffer): number {
  if (bytes.byteLength < 4) return 4;
  const count = bytes.readUInt32LE(0);
  const head = 4 * (count + 1);
  if (bytes.byteLength < head) return head;
  let length = head;
  for (let index = 1; index <= count; index++) length += bytes.readUInt32LE(4 * index);
  return length;
}

function parseParcel<Head>(bytes: Buffer): Parcel<Head> {
  const count = bytes.readUInt32LE(0);
  let at = 4 * (count + 1);
  const parts = Array.from({ length: count }, (_, index) => {
    const start = at;
    at += bytes.readUInt32LE(4 * (index + 1));
    return bytes.subarray(start, at);
  });
  const [head, body, ...buffers] = parts;
  if (head === undefined || body === undefined)
    throw new StemmaError("KERNEL_LINK", `A message of ${count} parts came between the kernel's processes.`);
  return { head: JSON.parse(head.toString()) as Head, body, buffers };
}
