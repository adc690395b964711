/**
 * Numbers by chance that are the same for the same seed, everywhere.
 *
 * This file is copied into exported projects: it imports nothing.
 */

/** As `ctx.random`. */
export interface SeededRandom {
  (): number;
  int(n: number): number;
  normal(): number;
}

/** The generator of a seed, a whole number from 0 until before 2^53. */
export function seededRandom(seed: number): SeededRandom {
  const bits = bitsOf(seed);
  // 53 bits: as many as a number from 0 to 1 can have.
  const random = (): number => ((bits() >>> 5) * 67_108_864 + (bits() >>> 6)) / 9_007_199_254_740_992;
  const int = (n: number): number => {
    if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`random.int(${n}): it takes a whole number from 1`);
    return Math.floor(random() * n);
  };
  // Box and Muller's transform; its second number is left, so that each call takes the same two of the sequence.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Object.assign(random, { int, normal });
}

/** A seed of 53 bits from a digest in hex. */
export function seedFrom(digest: string): number {
  return Number(BigInt(`0x${digest.slice(0, 16)}`) >> 11n);
}

/** What tells an item of a map from the others. */
export interface SeededItem {
  /** Name and text of its inputs, by rising name. */
  readonly texts: readonly (readonly [string, string])[];
  /** Where each item is to draw differently, also with the same inputs; else empty. */
  readonly indices: readonly number[];
}

/** The seed of one item of a step that has a seed of its own. @param sha256 of a text, in hex */
export function itemSeed(seed: number, { texts, indices }: SeededItem, sha256: (text: string) => string): number {
  const digests = texts.map(([name, text]) => [name, sha256(text)]);
  return seedFrom(sha256(JSON.stringify([seed, digests, ...indices])));
}

/**
 * 32 bits at each call.
 *
 * @see Doty-Humphrey, PractRand: sfc32; seeded by splitmix32, so that neighbouring seeds have nothing in common
 */
function bitsOf(seed: number): () => number {
  const mix = splitmix((seed % 4_294_967_296) >>> 0);
  const high = splitmix(Math.floor(seed / 4_294_967_296) >>> 0);
  let [a, b, c, count] = [mix(), mix() ^ high(), high(), 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

function splitmix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) | 0;
  };
}
