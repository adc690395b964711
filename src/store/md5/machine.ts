import { tableAt } from "./layout.ts";
import { md5Module } from "./module.ts";

/** The module at work: one for each thread. */
export interface Machine {
  readonly memory: ArrayBuffer;
  /** The same memory as u32; WebAssembly is little-endian everywhere, and so is every processor that has its SIMD. */
  readonly words: Uint32Array;
  /** Puts that many blocks of each lane into its state. */
  readonly rounds: (blocks: number) => void;
}

// Node's types leave this to those of browsers, which would give us a document too.
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

let known: Machine | null | undefined;

/** Made at the first use, in about 5 ms; null where WebAssembly has no SIMD. */
export function machine(): Machine | null {
  if (known === undefined) known = start();
  return known;
}

function start(): Machine | null {
  const bytes = md5Module();
  if (!WebAssembly.validate(bytes)) return null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { buffer } = exports["memory"] as { readonly buffer: ArrayBuffer };
  const words = new Uint32Array(buffer);
  fillTable(words);
  return { memory: buffer, words, rounds: exports["rounds"] as Machine["rounds"] };
}

// RFC 1321, section 3.4: T[i] is the integer part of 2^32 times abs(sin(i)).
const constants: readonly number[] = Array.from({ length: 64 }, (_, i) =>
  Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))),
);

function fillTable(words: Uint32Array): void {
  // One less in the last round, where the module subtracts from -1.
  constants.forEach((constant, i) => {
    const at = tableAt / 4 + i * 4;
    words.fill(i < 48 ? constant : constant - 1, at, at + 4);
  });
}
