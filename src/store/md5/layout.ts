/**
 * MD5 of several messages at once. One message alone is slow because each of the 64 steps of a block waits for the one
 * before; four lie side by side in the u32 of a SIMD register, and several such groups fill the wait of each other.
 */
export const groups = 2;
/** Messages at once. */
export const lanes: number = 4 * groups;
export const blockBytes = 64;

/** Where things lie in the module's memory: a table of the 64 constants, each four times; states; addresses; data. */
export const tableAt = 0;
const statesAt = 1024;
const addressesAt: number = statesAt + groups * 64;
const dataAt = 4096;
/** Of one lane: fills a half of a processor's nearer cache together with the others, and room for the padding. */
export const laneBytes: number = 64 * 1024;
const laneRoom = laneBytes + 2 * blockBytes;

/** Where the data of a lane begins. */
export const dataOf = (lane: number): number => dataAt + lane * laneRoom;
/** Where the lane's next block is told. */
export const addressOf = (lane: number): number => addressesAt + lane * 4;
/** Where word 0 to 3 of a lane's state is. */
export const stateOf = (lane: number, word: number): number => statesAt + (lane >> 2) * 64 + word * 16 + (lane & 3) * 4;
