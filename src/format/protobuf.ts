import { FormatError } from "./format-error.ts";

/** One field of a message of Protocol Buffers, by what stands on the wire. */
export interface WireField {
  readonly number: number;
  /** A varint (64 bits), the raw bits of a fixed field, or the bytes of a text, message or packed list. */
  readonly value: bigint | Uint8Array;
}

const varint = 0;
const fixed64 = 1;
const bytes = 2;
const fixed32 = 5;

/**
 * The fields of a message in the order of the wire, those that nobody asks for included.
 *
 * @throws {FormatError} the bytes are no message
 * @see protobuf.dev/programming-guides/encoding
 */
export function wireFields(message: Uint8Array): readonly WireField[] {
  const fields: WireField[] = [];
  const cursor = { at: 0 };
  while (cursor.at < message.length) {
    const key = Number(readVarint(message, cursor));
    fields.push({ number: key >>> 3, value: readValue(message, cursor, key & 7) });
  }
  return fields;
}

interface Cursor {
  at: number;
}

function readValue(message: Uint8Array, cursor: Cursor, type: number): bigint | Uint8Array {
  if (type === varint) return readVarint(message, cursor);
  if (type === fixed64) return take(message, cursor, 8);
  if (type === fixed32) return take(message, cursor, 4);
  if (type === bytes) return take(message, cursor, Number(readVarint(message, cursor)));
  throw new FormatError(`a protobuf field has wire type ${type}, which is none of today's`);
}

function take(message: Uint8Array, cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > message.length) throw new FormatError("a protobuf message ends inside a field");
  const part = message.subarray(cursor.at, end);
  cursor.at = end;
  return part;
}

function readVarint(message: Uint8Array, cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = message[cursor.at++];
    if (byte === undefined) throw new FormatError("a protobuf message ends inside a number");
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return value;
  }
  throw new FormatError("a protobuf number has more than ten bytes");
}
