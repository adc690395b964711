import type { FileMetaData } from "hyparquet";
import { growth } from "./parquet-limits.ts";

type Group = FileMetaData["row_groups"][number];

/** Part of a file: its bytes from `start` on. */
export interface FilePart {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * What is wrong with the page headers of the columns that lie in a part of the file; null when nothing is. A reader that trusts a
 * length below zero goes round the same page for ever.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (PageHeader)
 */
export function pageFault(group: Group, { start, bytes }: FilePart): string | null {
  for (const { meta_data: chunk } of group.columns) {
    if (chunk === undefined) continue;
    const from = Number(chunk.dictionary_page_offset || chunk.data_page_offset) - start;
    const end = from + Number(chunk.total_compressed_size);
    if (from < 0 || end > bytes.length) continue;
    try {
      walkPages(new Cursor(bytes.subarray(from, end)), Number(chunk.num_values));
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      return `a page of the column "${chunk.path_in_schema.join(".")}" ${error.message}`;
    }
  }
  return null;
}

class PageError extends Error {}

/** Page types by number, and which field of the header has their own part. */
const dataPage = 0;
const dictionaryPage = 2;
const parts: ReadonlyMap<number, number> = new Map([
  [dataPage, 5],
  [dictionaryPage, 7],
  [3, 8],
]);

function walkPages(cursor: Cursor, values: number): void {
  let found = 0;
  // As hyparquet: a single byte behind the last page is no page.
  while (cursor.left > 1) {
    const header = cursor.struct(0);
    const type = count(header.get(1), "type");
    const whole = count(header.get(2), "length");
    const compressed = count(header.get(3), "compressed length");
    if (compressed > cursor.left) throw new PageError(`is ${compressed} bytes long, and ${cursor.left} are left`);
    if (whole > (compressed + 1) * growth) throw new PageError(`is ${compressed} bytes, which would become ${whole}`);
    const part = parts.get(type);
    if (part === undefined) throw new PageError(`is of type ${type}, which there is not`);
    const own = header.get(part);
    if (!(own instanceof Map)) throw new PageError("lacks the part of its type");
    const held = count(own.get(1), "number of values");
    if (type === dictionaryPage && held > whole) throw new PageError(`has ${held} values in ${whole} bytes`);
    if (type === 3 && count(own.get(5), "levels") + count(own.get(6), "levels") > compressed)
      throw new PageError("has levels that are longer than itself");
    if (type !== dictionaryPage) found += held;
    if (found > values) throw new PageError(`has more values than the ${values} of the column`);
    cursor.skip(compressed);
  }
}

function count(value: Field | undefined, name: string): number {
  if (typeof value === "number" && value >= 0) return value;
  throw new PageError(`has no ${name}`);
}

/** A whole number, the fields of a struct, or null for what nobody asks for. */
type Field = number | ReadonlyMap<number, Field> | null;

/** Structs nest no deeper in a page header. */
const deepest = 8;

/** Reads Thrift's compact protocol, as much of it as page headers have. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  skip(bytes: number): void {
    if (bytes > this.left) throw new PageError("goes on behind the end of its column");
    this.#at += bytes;
  }

  struct(depth: number): ReadonlyMap<number, Field> {
    if (depth > deepest) throw new PageError("nests too deep");
    const fields = new Map<number, Field>();
    let id = 0;
    for (let byte = this.#byte(); (byte & 0x0f) !== 0; byte = this.#byte()) {
      id = byte >> 4 === 0 ? this.#zigzag() : id + (byte >> 4);
      fields.set(id, this.#value(byte & 0x0f, depth));
    }
    return fields;
  }

  #byte(): number {
    const at = this.#at;
    this.skip(1);
    return this.#bytes[at] ?? 0;
  }

  #varint(): number {
    let value = 0;
    // A 64-bit number takes ten bytes at most.
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new PageError("has a number of more than 64 bits");
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  // 1 and 2 are true and false: the type is the value.
  #value(type: number, depth: number): Field {
    if (type >= 4 && type <= 6) return this.#zigzag();
    if (type === 12) return this.struct(depth + 1);
    if (type === 9) this.#list(depth);
    else if (type === 8) this.skip(this.#varint());
    else if (type === 7) this.skip(8);
    else if (type === 3) this.skip(1);
    else if (type > 2) throw new PageError(`has a field of type ${type}, which there is not`);
    return null;
  }

  #list(depth: number): void {
    const head = this.#byte();
    const size = head >> 4 === 15 ? this.#varint() : head >> 4;
    if (size > this.left) throw new PageError(`has a list of ${size} values`);
    const type = head & 0x0f;
    for (let i = 0; i < size; i++) this.#value(type <= 2 ? 3 : type, depth + 1);
  }
}
