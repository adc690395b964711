export { type Beside, CodecError, decode, encode } from "./codec.ts";
export { sha256 } from "./digest.ts";
export { jsonOf } from "./json.ts";
export { markOf } from "./mark.ts";
