import { TableFileError } from "./table-file-error.ts";

/** Numbers of NumPy: typed array, and the lengths of its dimensions, the last the fastest. */
export interface NpyArray {
  readonly values: ArrayLike<number> | ArrayLike<bigint>;
  readonly shape: readonly number[];
}

type ArrayKind = new (buffer: ArrayBuffer) => ArrayLike<number> | ArrayLike<bigint>;

const kinds: Readonly<Record<string, ArrayKind>> = {
  "<f8": Float64Array,
  "<f4": Float32Array,
  "|i1": Int8Array,
  "<i2": Int16Array,
  "<i4": Int32Array,
  "<i8": BigInt64Array,
  "|u1": Uint8Array,
  "|b1": Uint8Array,
  "<u2": Uint16Array,
  "<u4": Uint32Array,
  "<u8": BigUint64Array,
};

/** What a NumPy file's header says. */
export interface NpyHeader {
  readonly descr: string;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly start: number;
  readonly columnMajor: boolean;
}

/** The header of a NumPy file. @throws {TableFileError} it is none @see numpy/lib/format.py */
export function npyHeader(bytes: Uint8Array, path: string): NpyHeader {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const none = (why: string): TableFileError => new TableFileError(`${path} cannot be read as a NumPy file: ${why}.`);
  if (view.length < 12 || view.toString("latin1", 0, 6) !== "\x93NUMPY")
    throw none("it does not begin with \\x93NUMPY");
  const wide = (view[6] ?? 1) > 1;
  const length = wide ? view.readUInt32LE(8) : view.readUInt16LE(8);
  const start = (wide ? 12 : 10) + length;
  const header = view.toString("latin1", wide ? 12 : 10, start);
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (descr === undefined || shape === undefined)
    throw none(`its header is ${JSON.stringify(header.slice(0, 80).trim())}; arrays of plain numbers are read`);
  const lengths = shape.split(",").filter((part) => part.trim() !== "");
  return { descr, start, shape: lengths.map(Number), columnMajor: /'fortran_order':\s*True/.test(header) };
}

/** The numbers of a NumPy file. @throws {TableFileError} text, objects, big-endian numbers, column-major matrices */
export function readNpy(bytes: Uint8Array, path: string): NpyArray {
  const { descr, shape, start, columnMajor } = npyHeader(bytes, path);
  const kind = kinds[descr];
  if (kind === undefined)
    throw new TableFileError(
      `${path} holds numbers of the kind "${descr}", which is not read; save it with array.astype("<f8").`,
    );
  if (columnMajor && shape.length > 1) {
    throw new TableFileError(`${path} is stored column by column; save it with numpy.ascontiguousarray(array).`);
  }
  const count = shape.reduce((product, length) => product * length, 1);
  const width = Number(descr.slice(2));
  if (bytes.length < start + count * width)
    throw new TableFileError(
      `${path} ends after ${bytes.length} bytes, and its ${count} numbers need ${start + count * width}; it was cut off.`,
    );
  const from = bytes.byteOffset + start;
  return { values: new kind(bytes.buffer.slice(from, from + count * width) as ArrayBuffer), shape };
}
