export { askSnapshot, type SnapshotAnswer, type SnapshotQuestion } from "./ask.ts";
export { buildSnapshot } from "./build.ts";
