import { ValueError } from "../params.ts";
import { type Pixels, pngBytes, shrunk } from "./png.ts";

/** The bytes of a picture, with a small one beside it for overviews. */
export interface EncodedImage {
  readonly bytes: Uint8Array;
  /** "png", "jpg", "gif", "webp", "svg". */
  readonly ending: string;
  readonly small: { readonly bytes: Uint8Array; readonly ending: string };
}

/** Numbers of a picture, as `ImageData` and image libraries hold them. */
export interface ImagePixels {
  readonly width: number;
  readonly height: number;
  /**
   * Rows from the top, 1 (grey), 3 (RGB) or 4 (RGBA) numbers a pixel: whole numbers of 0 to 255, or fractions of 0 to 1
   * in a `Float32Array`, a `Float64Array` or a list with a fraction in it.
   */
  readonly data: ArrayLike<number>;
}

/** A tensor of tfjs, or what is read like one: height x width, or height x width x channels. */
export interface ImageTensor {
  readonly shape: readonly number[];
  dataSync(): ArrayLike<number>;
}

/** A canvas of node-canvas (`toBuffer`), @napi-rs/canvas (`encode`) or a browser's (`convertToBlob`). */
export type ImageCanvas =
  | { toBuffer(type: "image/png"): Uint8Array }
  | { encode(type: "png"): Promise<Uint8Array> }
  | { convertToBlob(options: { readonly type: string }): Promise<{ arrayBuffer(): Promise<ArrayBuffer> }> };

/** What `run.image()` takes: the bytes of a picture file, pixels, a tensor, or a canvas. */
export type ImageValue = Uint8Array | ArrayBuffer | ImagePixels | ImageTensor | ImageCanvas;

/** Longest side of the small picture, as in MLflow. */
const smallSide = 256;

/** A picture as the bytes of a file. Pixels become a PNG, bytes stay as they are. @throws {ValueError} it is no picture */
export async function encodeImage(key: string, value: unknown): Promise<EncodedImage> {
  const bytes = await fileBytes(value);
  if (bytes !== null) {
    const ending = pictureEnding(bytes);
    if (ending === null) throw noPicture(key, `bytes that begin with ${hex(bytes)}`);
    return { bytes, ending, small: { bytes, ending } };
  }
  const pixels = pixelsOf(key, value);
  const small = shrunk(pixels, smallSide);
  const png = await pngBytes(pixels);
  return { bytes: png, ending: "png", small: { bytes: small === pixels ? png : await pngBytes(small), ending: "png" } };
}

async function fileBytes(value: unknown): Promise<Uint8Array | null> {
  const kind = Object.prototype.toString.call(value);
  if (kind === "[object Uint8Array]") return value as Uint8Array;
  if (kind === "[object ArrayBuffer]") return new Uint8Array(value as ArrayBuffer);
  if (typeof value !== "object" || value === null) return null;
  const canvas = value as {
    readonly toBuffer?: unknown;
    readonly encode?: unknown;
    readonly convertToBlob?: unknown;
    readonly arrayBuffer?: unknown;
  };
  // The methods are called on the canvas itself: those of native classes ask for their `this`.
  const drawn = canvas as {
    toBuffer(type: string): Uint8Array;
    encode(type: string): Promise<Uint8Array>;
    convertToBlob(options: { readonly type: string }): Promise<Blob>;
    arrayBuffer(): Promise<ArrayBuffer>;
  };
  if (typeof canvas.toBuffer === "function") return drawn.toBuffer("image/png");
  if (typeof canvas.encode === "function") return drawn.encode("png");
  if (typeof canvas.convertToBlob === "function")
    return new Uint8Array(await (await drawn.convertToBlob({ type: "image/png" })).arrayBuffer());
  if (typeof canvas.arrayBuffer === "function") return new Uint8Array(await drawn.arrayBuffer());
  return null;
}

/** The file ending that the first bytes of a picture tell; null for anything else. */
export function pictureEnding(bytes: Uint8Array): "png" | "jpg" | "gif" | "webp" | null {
  const text = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (text.startsWith("\xff\xd8\xff")) return "jpg";
  if (/^GIF8[79]a/.test(text)) return "gif";
  return /^RIFF[\s\S]{4}WEBP/.test(text) ? "webp" : null;
}

function pixelsOf(key: string, value: unknown): Pixels {
  const { width, height, data } = raster(key, value);
  const channels = data.length / (width * height);
  if (width < 1 || height < 1 || !(channels === 1 || channels === 3 || channels === 4))
    throw noPicture(
      key,
      `${data.length} numbers for ${width} x ${height} pixels (there are 1, 3 or 4 a pixel: grey, RGB or RGBA)`,
    );
  return { width, height, channels, data: levels(key, data) };
}

function raster(key: string, value: unknown): ImagePixels {
  const { width, height, data, shape, dataSync }: Readonly<Record<string, unknown>> = Object(value);
  if (typeof dataSync === "function" && Array.isArray(shape) && (shape.length === 2 || shape.length === 3))
    return { width: Number(shape[1]), height: Number(shape[0]), data: (value as ImageTensor).dataSync() };
  if (Number.isInteger(width) && Number.isInteger(height) && typeof Object(data).length === "number")
    return value as ImagePixels;
  throw noPicture(key, value === null ? "null" : typeof value === "object" ? shownObject(value) : typeof value);
}

/** Levels of 0 to 255. @throws {ValueError} one that is neither such a whole number nor a fraction of 0 to 1 */
function levels(key: string, data: ArrayLike<number>): Uint8Array {
  const kind = Object.prototype.toString.call(data);
  if (kind === "[object Uint8Array]" || kind === "[object Uint8ClampedArray]") return data as Uint8Array;
  const isFloat = /Float(16|32|64)Array/.test(kind);
  const fractions = isFloat || (Array.isArray(data) && data.some((level) => !Number.isInteger(level)));
  const most = fractions ? 1 : 255;
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const level = data[i];
    if (typeof level !== "number" || !(level >= 0 && level <= most))
      throw new ValueError(
        `image ${JSON.stringify(key)} has ${String(level)} at ${i}; numbers of 0 to ${fractions ? "1 (they are fractions)" : "255"} are wanted.`,
      );
    bytes[i] = fractions ? Math.round(level * 255) : level;
  }
  return bytes;
}

function noPicture(key: string, got: string): ValueError {
  return new ValueError(
    `image ${JSON.stringify(key)} is ${got}; pass the bytes of a PNG, JPEG, GIF or WebP, a canvas, a tensor, or { width, height, data }.`,
  );
}

function shownObject(value: object): string {
  const name = value.constructor?.name ?? "Object";
  return name === "Object" ? `an object with ${Object.keys(value).slice(0, 6).join(", ") || "nothing"}` : `a ${name}`;
}

function hex(bytes: Uint8Array): string {
  return bytes.length === 0 ? "nothing" : Buffer.from(bytes.subarray(0, 8)).toString("hex");
}
