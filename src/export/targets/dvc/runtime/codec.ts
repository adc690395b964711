// In an exported project the very file stands here, as codec.js: stages share the text of values with flow().
export { type Beside, CodecError, decode, encode } from "../../../../flow/encoding/index.ts";
