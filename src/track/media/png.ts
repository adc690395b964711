import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";

/** Pixels of 8 bits, row by row from the top: 1 (grey), 3 (RGB) or 4 (RGBA) numbers each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const colourTypes = { 1: 0, 3: 2, 4: 6 } as const;
const compressed = promisify<Uint8Array, Buffer>(deflate);

/** Pixels as a PNG. @see W3C PNG (third edition), sections 5 and 11 */
export async function pngBytes({ width, height, channels, data }: Pixels): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourTypes[channels], 0, 0, 0], 8);
  const line = width * channels;
  // Each line is the difference to its left neighbour: smooth pictures deflate to half of what they are unfiltered.
  const filtered = Buffer.alloc((line + 1) * height);
  for (let y = 0, from = 0, to = 0; y < height; y++) {
    filtered[to++] = 1;
    for (let x = 0; x < line; x++, from++) {
      filtered[to++] = (data[from] ?? 0) - (x < channels ? 0 : (data[from - channels] ?? 0));
    }
  }
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", await compressed(filtered)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(body.length + 12);
  bytes.writeUInt32BE(body.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(body, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, body.length + 8)), body.length + 8);
  return bytes;
}

/** Pixels so that neither side is longer than `side`; each is the mean of those it stands for. Small ones stay as they are. */
export function shrunk(pixels: Pixels, side: number): Pixels {
  const scale = Math.max(pixels.width, pixels.height) / side;
  if (scale <= 1) return pixels;
  const { channels } = pixels;
  const width = Math.max(1, Math.floor(pixels.width / scale));
  const height = Math.max(1, Math.floor(pixels.height / scale));
  const data = new Uint8Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y++) {
    const rows = span(y, { of: height, over: pixels.height });
    for (let x = 0; x < width; x++) {
      const columns = span(x, { of: width, over: pixels.width });
      for (let channel = 0; channel < channels; channel++) data[to++] = mean(pixels, { rows, columns, channel });
    }
  }
  return { width, height, channels, data };
}

type Span = readonly [from: number, to: number];

function span(at: number, { of, over }: { readonly of: number; readonly over: number }): Span {
  const from = Math.floor((at * over) / of);
  return [from, Math.max(from + 1, Math.floor(((at + 1) * over) / of))];
}

function mean(
  { data, width, channels }: Pixels,
  { rows, columns, channel }: { readonly rows: Span; readonly columns: Span; readonly channel: number },
): number {
  let sum = 0;
  for (let y = rows[0]; y < rows[1]; y++)
    for (let x = columns[0]; x < columns[1]; x++) sum += data[(y * width + x) * channels + channel] ?? 0;
  return Math.round(sum / ((rows[1] - rows[0]) * (columns[1] - columns[0])));
}
