/**
 * As much of WebAssembly's binary format as a module of one function over one memory needs.
 *
 * @see https://webassembly.github.io/spec/core/binary/ and its list of opcodes
 */

/** Bytes of code; an expression leaves one value on the stack. */
export type Code = readonly number[];

export interface FunctionModule {
  /** The name under which the function is exported; it takes one i32 and gives nothing. */
  readonly name: string;
  /** Variables behind the parameter, which has number 0: first those of i32, then those of v128. */
  readonly integers: number;
  readonly vectors: number;
  readonly body: Code;
  /** Pages of 64 KiB. */
  readonly pages: number;
}

/** The bytes of a module; it exports `memory` and the function. */
export function moduleBytes({ name, integers, vectors, body, pages }: FunctionModule): Uint8Array {
  const declared = [2, ...unsigned(integers), i32, ...unsigned(vectors), v128];
  const code = [...declared, ...body, end];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, i32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, ...unsigned(pages)]),
    ...section(7, [2, ...text(name), 0, 0, ...text("memory"), 2, 0]),
    ...section(10, [1, ...sized(code)]),
  ]);
}

const i32 = 0x7f;
const v128 = 0x7b;
const noResult = 0x40;
const end = 0x0b;

function section(id: number, content: Code): Code {
  return [id, ...sized(content)];
}

function sized(content: Code): Code {
  return [...unsigned(content.length), ...content];
}

function text(letters: string): Code {
  return sized([...new TextEncoder().encode(letters)]);
}

/** LEB128. */
function unsigned(number: number): Code {
  return number < 128 ? [number] : [(number & 127) | 128, ...unsigned(number >>> 7)];
}

function signed(number: number): Code {
  const rest = number >> 7;
  const low = number & 127;
  const isLast = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
  return isLast ? [low] : [low | 128, ...signed(rest)];
}

export const get = (variable: number): Code => [0x20, ...unsigned(variable)];
export const set = (variable: number, value: Code): Code => [...value, 0x21, ...unsigned(variable)];

/** Runs `body` until it has counted `variable` down to 0; at least once. */
export function countDown(variable: number, body: Code): Code {
  const next = [...get(variable), ...integer(-1), 0x6a, 0x22, ...unsigned(variable)];
  return [0x03, noResult, ...body, ...next, 0x0d, 0, end];
}

export const integer = (number: number): Code => [0x41, ...signed(number)];
export const addIntegers = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
/** The i32 at `offset` bytes behind an address. */
export const loadInteger = (address: Code, offset: number): Code => [...address, 0x28, 2, ...unsigned(offset)];

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
export const load = (address: Code, offset: number): Code => [...address, ...simd(0x00), 0, ...unsigned(offset)];
export const store = (address: Code, value: Code, offset: number): Code => [
  ...address,
  ...value,
  ...simd(0x0b),
  0,
  ...unsigned(offset),
];
/** Four of the eight u32 of `a` and `b`. */
export const shuffle = (a: Code, b: Code, lanes: readonly [number, number, number, number]): Code => [
  ...a,
  ...b,
  ...simd(0x0d),
  ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
];
export const and = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x4e)];
/** a & ~b */
export const andNot = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x4f)];
export const or = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x50)];
export const xor = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x51)];
export const shiftLeft = (a: Code, bits: number): Code => [...a, ...integer(bits), ...simd(0xab)];
export const shiftRight = (a: Code, bits: number): Code => [...a, ...integer(bits), ...simd(0xad)];
export const add = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xae)];
export const subtract = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xb1)];
