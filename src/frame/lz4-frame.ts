import { TableFileError } from "./table-file-error.ts";

/**
 * What an LZ4 frame holds. Arrow's C++ writer links the blocks of a frame, so a block may copy from those before it.
 *
 * @param length of the result
 * @throws {TableFileError} damaged
 * @see lz4_Frame_format.md, lz4_Block_format.md
 */
export function lz4Frame(bytes: Uint8Array, length: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 7 || view.getUint32(0, true) !== 0x184d2204) throw damaged("it is no LZ4 frame");
  const flags = view.getUint8(4);
  const checksum = (flags & 0x10) !== 0;
  let at = 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4);
  const output = new Uint8Array(length);
  let filled = 0;
  for (;;) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) break;
    const stored = size & 0x7fffffff;
    const block = bytes.subarray(at, at + stored);
    if (size >>> 31 === 1) {
      output.set(block, filled);
      filled += stored;
    } else filled = lz4Block(block, output, filled);
    at += stored + (checksum ? 4 : 0);
  }
  if (filled !== length) throw damaged(`it holds ${filled} bytes, not ${length}`);
  return output;
}

/** Puts a block behind what the output holds; gives its new length. */
function lz4Block(block: Uint8Array, output: Uint8Array, start: number): number {
  let filled = start;
  let at = 0;
  const long = (short: number): number => {
    let count = short;
    for (let more = short === 15 ? 255 : 0; more === 255; ) {
      more = block[at++] ?? 0;
      count += more;
    }
    return count;
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = long(token >> 4);
    if (filled + literals > output.length) throw damaged("it holds more than it says");
    output.set(block.subarray(at, at + literals), filled);
    at += literals;
    filled += literals;
    if (at >= block.length) break;
    const offset = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8);
    at += 2;
    const match = long(token & 15) + 4;
    if (offset === 0 || offset > filled || filled + match > output.length) throw damaged("it points outside of itself");
    // Byte by byte: a match may overlap what it makes.
    for (let i = 0; i < match; i++, filled++) output[filled] = output[filled - offset] ?? 0;
  }
  return filled;
}

function damaged(why: string): TableFileError {
  return new TableFileError(`A part that is compressed with LZ4 is damaged: ${why}.`);
}
