import { arrayKind } from "./kind.ts";
import { DataValueError } from "./value-error.ts";

const descriptors: Readonly<Record<string, string>> = {
  Float64Array: "<f8",
  Float32Array: "<f4",
  Float16Array: "<f2",
  Int8Array: "|i1",
  Int16Array: "<i2",
  Int32Array: "<i4",
  BigInt64Array: "<i8",
  Uint8Array: "|u1",
  Uint8ClampedArray: "|u1",
  Uint16Array: "<u2",
  Uint32Array: "<u4",
  BigUint64Array: "<u8",
};

const magic = "\x93NUMPY\x01\x00";

/** Whether bytes are a NumPy file already. */
export function isNpy(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 6)).toString("latin1") === magic.slice(0, 6);
}

/**
 * A typed array as NumPy's file of one dimension, byte for byte as `numpy.save` writes it (version 1.0 of the format).
 *
 * @throws {DataValueError} no numbers that NumPy has a type for
 * @see numpy/lib/format.py, `_write_array_header`
 */
export function npyBytes(array: ArrayBufferView): Uint8Array {
  const kind = arrayKind(array) ?? "DataView";
  const descr = descriptors[kind];
  if (descr === undefined) throw new DataValueError(`NumPy has no type for the numbers of a ${kind}.`);
  const data = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  const length = String(array.byteLength / Number(descr.slice(2)));
  // Room for the first dimension to grow to 21 digits in place, then spaces up to a multiple of 64 bytes.
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${length},), }${" ".repeat(21 - length.length)}`;
  const prefix = magic.length + 2;
  const padded = Math.ceil((prefix + header.length + 1) / 64) * 64;
  const size = Buffer.alloc(2);
  size.writeUInt16LE(padded - prefix);
  const text = Buffer.from(`${header.padEnd(padded - prefix - 1)}\n`, "latin1");
  return Buffer.concat([Buffer.from(magic, "latin1"), size, text, data]);
}
