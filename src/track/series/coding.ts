import { StemmaError } from "../../error.ts";

/** A stored column does not hold what its coding says. */
export class CorruptChunkError extends StemmaError {
  constructor(what: string) {
    super("CORRUPT_CHUNK", `A chunk of metric points in stemma/stemma.db is damaged: ${what}.`);
  }
}

// The first byte of a column says how the rest is coded.
const evenly = 0;
const deltas = 1;
const doubles = 2;
const floats = 3;

/** Whole numbers beyond this, doubled for their sign, are no longer exact. */
const exactLimit = 2 ** 51;

/**
 * Steps or times. Evenly spaced: first and stride. Else first and differences, 7 bits a byte, low bits first, sign in the
 * lowest bit; else, where a number is too great for that, doubles.
 */
export function encodeWhole(column: Float64Array): Uint8Array {
  if (isEven(column)) {
    const [first = 0, second = first] = column;
    return varints(evenly, Float64Array.of(first, second)) ?? raw(doubles, column);
  }
  return varints(deltas, column) ?? raw(doubles, column);
}

/** Values: one double where all are the same, floats where nothing is lost by it, else doubles. */
export function encodeValues(column: Float64Array): Uint8Array {
  if (isConstant(column)) return raw(evenly, column.subarray(0, 1));
  return isFloat(column) ? raw(floats, Float32Array.from(column)) : raw(doubles, column);
}

/** What {@link encodeWhole} coded; fills `into`. */
export function decodeWhole(bytes: Uint8Array, into: Float64Array): void {
  if (bytes[0] === doubles) fillDoubles(bytes, into);
  else if (bytes[0] === evenly) fillEvenly(bytes, into);
  else if (bytes[0] === deltas) fillDeltas(bytes, into);
  else throw new CorruptChunkError(`whole numbers have coding ${bytes[0]}`);
}

/** What {@link encodeValues} coded; fills `into`. */
export function decodeValues(bytes: Uint8Array, into: Float64Array): void {
  if (bytes[0] === doubles) fillDoubles(bytes, into);
  else if (bytes[0] === floats) into.set(new Float32Array(body(bytes, into.length * 4)));
  else if (bytes[0] === evenly) into.fill(new Float64Array(body(bytes, 8))[0] ?? 0);
  else throw new CorruptChunkError(`values have coding ${bytes[0]}`);
}

// Loops, not every(): a million points go through here while somebody waits.
function isEven(column: Float64Array): boolean {
  const [first = 0, second = first] = column;
  const stride = second - first;
  if (Math.abs(first) > exactLimit || Math.abs(stride) > exactLimit) return false;
  for (let i = 0; i < column.length; i++) if (column[i] !== first + i * stride) return false;
  return true;
}

function isConstant(column: Float64Array): boolean {
  const [first = 0] = column;
  for (let i = 0; i < column.length; i++) if (!Object.is(column[i], first)) return false;
  return true;
}

function isFloat(column: Float64Array): boolean {
  for (let i = 0; i < column.length; i++) if (!Object.is(Math.fround(column[i] ?? 0), column[i])) return false;
  return true;
}

// One buffer for all columns: a new one of the greatest length for each costs more than to fill it.
let scratch = new Uint8Array(0);

/** The first number and the differences; null where one is too great for that. */
function varints(coding: number, column: Float64Array): Uint8Array | null {
  if (scratch.length < 1 + column.length * 8) scratch = new Uint8Array(1 + column.length * 8);
  const bytes = scratch;
  bytes[0] = coding;
  let at = 1;
  let before = 0;
  for (let i = 0; i < column.length; i++) {
    const value = column[i] as number;
    const difference = value - before;
    before = value;
    if (difference >= -small && difference < small) {
      let rest = (difference << 1) ^ (difference >> 31);
      for (; rest >= 128; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
      bytes[at++] = rest;
    } else {
      if (difference > exactLimit || difference < -exactLimit) return null;
      at = putGreat(bytes, at, difference);
    }
  }
  return bytes.slice(0, at);
}

/** Below this, shifts do it, ten times as fast as divisions. */
const small = 2 ** 29;

function putGreat(bytes: Uint8Array, start: number, number: number): number {
  let at = start;
  let rest = number < 0 ? -2 * number - 1 : 2 * number;
  while (rest >= 128) {
    bytes[at++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = rest;
  return at;
}

function fillEvenly(bytes: Uint8Array, into: Float64Array): void {
  const head = new Float64Array(2);
  fillDeltas(bytes, head);
  const [first = 0, second = first] = head;
  for (let i = 0; i < into.length; i++) into[i] = first + i * (second - first);
}

function fillDeltas(bytes: Uint8Array, into: Float64Array): void {
  let at = 1;
  let value = 0;
  for (let i = 0; i < into.length; i++) {
    const byte = bytes[at++] ?? 0;
    if (byte < 128) {
      // Nearly all differences of times are here; the rest is a loop with divisions.
      value += (byte >>> 1) ^ -(byte & 1);
    } else {
      let number = byte & 127;
      let next = byte;
      for (let weight = 128; next >= 128; weight *= 128) {
        next = bytes[at++] ?? 0;
        number += (next & 127) * weight;
      }
      value += number % 2 === 1 ? -(number + 1) / 2 : number / 2;
    }
    into[i] = value;
  }
  if (at > bytes.length) throw new CorruptChunkError(`${into.length} whole numbers do not fit ${bytes.length} bytes`);
}

function raw(coding: number, column: Float64Array | Float32Array): Uint8Array {
  const bytes = new Uint8Array(1 + column.byteLength);
  bytes[0] = coding;
  bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), 1);
  return bytes;
}

function fillDoubles(bytes: Uint8Array, into: Float64Array): void {
  checkLength(bytes, into.byteLength);
  new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(bytes.subarray(1));
}

function checkLength(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length + 1)
    throw new CorruptChunkError(`a column has ${bytes.length - 1} bytes, not the ${length} of its points`);
}

// A copy: what SQLite gives begins at any address, an array of doubles must not.
function body(bytes: Uint8Array, length: number): ArrayBuffer {
  checkLength(bytes, length);
  const copy = new ArrayBuffer(length);
  new Uint8Array(copy).set(bytes.subarray(1));
  return copy;
}
