import { types } from "node:util";
import { npyBytes, readNpy } from "../../frame/index.ts";
import { type Beside, extraKey } from "../encoding/index.ts";

/** Shorter ones are part of the text: an object of its own would take longer than its base64. */
const longBytes = 4096;

/** Whether a value is an array of numbers or bytes that is too long for a text, and nothing but that. */
export function isLongArray(value: object): value is ArrayBufferView | ArrayBuffer {
  const kind = kindOf(value);
  if (kind === null || (value as ArrayBufferView).byteLength < longBytes) return false;
  // What else it is, the text refuses by name.
  if (!Buffer.isBuffer(value) && Object.getPrototypeOf(value)?.constructor?.name !== kind) return false;
  return extraKey(value) === null;
}

function kindOf(value: object): string | null {
  if (Buffer.isBuffer(value)) return "Buffer";
  if (types.isTypedArray(value)) return value[Symbol.toStringTag];
  if (types.isDataView(value)) return "DataView";
  return types.isArrayBuffer(value) ? "ArrayBuffer" : null;
}

/** What stands for a long array: numbers are a NumPy file, bytes are themselves. */
export interface ArrayFile {
  readonly name: "npy" | "bytes";
  readonly kind: string;
  readonly bytes: Uint8Array;
}

const rawKinds: ReadonlySet<string> = new Set(["Buffer", "DataView", "ArrayBuffer", "Uint8Array", "Float16Array"]);

/** The file of a long array. */
export function arrayFile(value: ArrayBufferView | ArrayBuffer): ArrayFile {
  const kind = kindOf(value) ?? "";
  if (!rawKinds.has(kind)) return { name: "npy", kind, bytes: npyBytes(value as ArrayBufferView) };
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
  return { name: "bytes", kind, bytes };
}

/** What reads long arrays at once. Other parts take longer: they are for steps. */
export function arraysBeside(read: (digest: string) => Uint8Array): Beside {
  return {
    write: () => null,
    read([name, digest, kind]) {
      if (typeof digest !== "string") return undefined;
      if (name === "npy" || name === "bytes") return arrayOf(name, String(kind), read(digest));
      if (name !== "table" && name !== "model" && name !== "file") return undefined;
      throw new TypeError(`a ${name} has no parts for a ref. Give the whole to a step, and take the part there`);
    },
  };
}

/** The array again. `bytes` belong to nobody else. */
export function arrayOf(name: string, kind: string, bytes: Uint8Array): unknown {
  if (name === "npy") return ofKind(kind, readNpy(bytes, "a kept array").values as unknown as ArrayBufferView);
  if (kind === "Buffer") return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === "Uint8Array") return bytes;
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  if (kind === "ArrayBuffer") return buffer;
  const View = Reflect.get(globalThis, kind) as new (buffer: unknown) => unknown;
  return new View(buffer);
}

// NumPy knows no clamped bytes; of these the file says "uint8".
function ofKind(kind: string, values: ArrayBufferView): ArrayBufferView {
  return kind === "Uint8ClampedArray" ? new Uint8ClampedArray(values.buffer) : values;
}
