/** The whole records of a TFRecord file, and what is behind the last of them. */
export interface TfRecords {
  readonly records: readonly Uint8Array[];
  /** Bytes behind the last whole record; more than 0 where a writer was killed, or writes still. */
  readonly cutBytes: number;
  /** Where a checksum does not fit, from the beginning of the file; nothing behind it is read. Null where all fit. */
  readonly damagedAt: number | null;
}

const headBytes = 12;
const footBytes = 4;

/**
 * Splits a TFRecord file: u64 length, masked CRC-32C of the length, body, masked CRC-32C of the body, little-endian.
 *
 * @see tensorflow/core/lib/io/record_writer.h
 */
export function splitTfRecords(bytes: Uint8Array): TfRecords {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at + headBytes + footBytes <= bytes.length) {
    const head = bytes.subarray(at, at + 8);
    if (maskedCrc32c(head) !== view.getUint32(at + 8, true)) return { records, cutBytes: 0, damagedAt: at };
    const length = Number(view.getBigUint64(at, true));
    const end = at + headBytes + length;
    if (end + footBytes > bytes.length) break;
    const body = bytes.subarray(at + headBytes, end);
    if (maskedCrc32c(body) !== view.getUint32(end, true)) return { records, cutBytes: 0, damagedAt: at };
    records.push(body);
    at = end + footBytes;
  }
  return { records, cutBytes: bytes.length - at, damagedAt: null };
}

/** CRC-32C turned and shifted, as TensorFlow keeps it: a checksum of data that holds checksums would be weak. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

// Castagnoli's polynomial, reversed; node:zlib has only that of Ethernet.
const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}
