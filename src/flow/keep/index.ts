export { arrayFile, arrayOf, isLongArray } from "./array-file.ts";
export { type GroupWriter, groupWriter } from "./group-writer.ts";
export { type Heartbeat, silentMs, startHeartbeat } from "./heartbeat.ts";
export { DamagedResultError, KeptTexts, readObject, type TextRow } from "./kept-text.ts";
export { objectsIn } from "./objects-in.ts";
