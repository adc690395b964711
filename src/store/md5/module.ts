import { addressOf, blockBytes, dataOf, groups, lanes, stateOf, tableAt } from "./layout.ts";
import {
  add,
  addIntegers,
  and,
  andNot,
  type Code,
  countDown,
  get,
  integer,
  load,
  loadInteger,
  moduleBytes,
  or,
  set,
  shiftLeft,
  shiftRight,
  shuffle,
  store,
  subtract,
  xor,
} from "./wasm.ts";

const rotations = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;

/** The bytes of a module with `rounds(n)`: n >= 1 blocks of each lane, from its address on, go into its state. */
export function md5Module(): Uint8Array {
  return moduleBytes({
    name: "rounds",
    integers: lanes,
    vectors: groups * variablesOfGroup,
    body: [...eachLane(loadAddress), ...eachGroup(loadState), ...countDown(0, block()), ...eachGroup(storeState)],
    pages: Math.ceil(dataOf(lanes) / 65_536),
  });
}

// Variables: 0 counts blocks, then one address a lane; then of each group the state, the state before, 16 words.
const variablesOfGroup = 8 + 16;
const address = (lane: number): number => 1 + lane;
const vector = (group: number, i: number): number => 1 + lanes + group * variablesOfGroup + i;
const state = (group: number, word: number): number => vector(group, word & 3);
const before = (group: number, word: number): number => vector(group, 4 + word);
const message = (group: number, word: number): number => vector(group, 8 + word);

function eachLane(code: (lane: number) => Code): Code {
  return Array.from({ length: lanes }, (_, lane) => code(lane)).flat();
}

function eachGroup(code: (group: number) => Code): Code {
  return Array.from({ length: groups }, (_, group) => code(group)).flat();
}

function loadAddress(lane: number): Code {
  return set(address(lane), loadInteger(integer(0), addressOf(lane)));
}

function loadState(group: number): Code {
  return [0, 1, 2, 3].flatMap((word) => set(state(group, word), load(integer(0), stateOf(group * 4, word))));
}

function storeState(group: number): Code {
  return [0, 1, 2, 3].flatMap((word) => store(integer(0), get(state(group, word)), stateOf(group * 4, word)));
}

function block(): Code {
  const steps = Array.from({ length: 64 }, (_, i) => eachGroup((group) => step(group, i)));
  return [
    ...eachGroup((group) => [0, 1, 2, 3].flatMap((quarter) => transposed(group, quarter))),
    ...eachGroup((group) => [0, 1, 2, 3].flatMap((word) => set(before(group, word), get(state(group, word))))),
    ...steps.flat(),
    ...eachGroup((group) => [0, 1, 2, 3].flatMap((word) => sum(group, word))),
    ...eachLane((lane) => set(address(lane), addIntegers(get(address(lane)), integer(blockBytes)))),
  ];
}

/** 16 bytes of each of four messages become four registers of one word of each. */
function transposed(group: number, quarter: number): Code {
  const word = (i: number): number => message(group, quarter * 4 + i);
  const lane = (i: number): Code => load(get(address(group * 4 + i)), quarter * 16);
  const [w0, w1, w2, w3] = [word(0), word(1), word(2), word(3)].map(get) as [Code, Code, Code, Code];
  // Rows 0 and 2, 1 and 3 are paired through the state before, which is free until the steps begin.
  const [t0, t1, t2, t3] = [0, 1, 2, 3].map((i) => before(group, i)) as [number, number, number, number];
  return [
    ...[0, 1, 2, 3].flatMap((i) => set(word(i), lane(i))),
    ...set(t0, shuffle(w0, w1, [0, 4, 1, 5])),
    ...set(t1, shuffle(w2, w3, [0, 4, 1, 5])),
    ...set(t2, shuffle(w0, w1, [2, 6, 3, 7])),
    ...set(t3, shuffle(w2, w3, [2, 6, 3, 7])),
    ...set(word(0), shuffle(get(t0), get(t1), [0, 1, 4, 5])),
    ...set(word(1), shuffle(get(t0), get(t1), [2, 3, 6, 7])),
    ...set(word(2), shuffle(get(t2), get(t3), [0, 1, 4, 5])),
    ...set(word(3), shuffle(get(t2), get(t3), [2, 3, 6, 7])),
  ];
}

function sum(group: number, word: number): Code {
  return set(state(group, word), add(get(state(group, word)), get(before(group, word))));
}

/** RFC 1321, step i: a = b + ((a + f(b, c, d) + X[k] + T[i]) <<< s); the roles of the four words turn with i. */
function step(group: number, i: number): Code {
  const role = (of: number): number => state(group, of - i + 64);
  const round = i >> 4;
  const word = [i, 5 * i + 1, 3 * i + 5, 7 * i][round] ?? 0;
  const known = add(add(get(role(0)), load(integer(0), tableAt + i * 16)), get(message(group, word & 15)));
  const bits = rotations[round]?.[i & 3] ?? 0;
  const a = role(0);
  return [
    ...set(a, mixed(round, known, [get(role(1)), get(role(2)), get(role(3))])),
    ...set(a, add(or(shiftLeft(get(a), bits), shiftRight(get(a), 32 - bits)), get(role(1)))),
  ];
}

/**
 * `known` and the round's function of b, c, d. The step before has just made b, so each form has the fewest operations
 * behind it: G is a sum of two parts without a common bit, I is -1 minus its complement.
 */
function mixed(round: number, known: Code, [b, c, d]: readonly [Code, Code, Code]): Code {
  if (round === 0) return add(known, xor(d, and(b, xor(c, d))));
  if (round === 1) return add(add(known, andNot(c, d)), and(b, d));
  if (round === 2) return add(known, xor(b, xor(c, d)));
  return subtract(known, xor(c, andNot(d, b)));
}
