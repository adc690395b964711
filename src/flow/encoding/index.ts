export { type Beside, CodecError, decode, encode, extraKey } from "./codec.ts";
export { sha256 } from "./digest.ts";
export { jsonOf } from "./json.ts";
export { markOf } from "./mark.ts";
