export { GivenParts, type PartBytes, putParts } from "./given.ts";
export { MissingValuePackageError } from "./packages.ts";
export { type SharedPart, SharedParts, sharedParts } from "./shared-parts.ts";
export { file, type KeptFile, keepFile, restoreFile, StepFile, standingFile } from "./step-file.ts";
export {
  caughtValue,
  itemsOf,
  listOf,
  partOf,
  plainValue,
  portableText,
  recordOf,
  type Value,
  valueOfText,
} from "./value.ts";
export { type ValuePlace, valuePlace } from "./value-place.ts";
export { decodeValue, encodeValue } from "./value-text.ts";
