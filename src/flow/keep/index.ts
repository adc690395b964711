export { type GroupWriter, groupWriter } from "./group-writer.ts";
export { type Heartbeat, silentMs, startHeartbeat } from "./heartbeat.ts";
export { DamagedResultError, KeptTexts, type TextRow } from "./kept-text.ts";
