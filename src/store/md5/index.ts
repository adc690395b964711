export { type ByteStream, hashOneByOne, hashStreams, pieceBytes } from "./streams.ts";
