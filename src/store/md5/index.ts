export { type HashJob, hashAll, longestFirst } from "./hash-all.ts";
export { type ByteStream, hashOneByOne, hashStreams, pieceBytes } from "./streams.ts";
