export { arrayFile, arrayOf, isLongArray } from "./array-file.ts";
export { CardWriter, type KeptCardPart } from "./cards.ts";
export { type CheckpointOwner, checkpointKey, checkpointOf, saveCheckpoint } from "./checkpoints.ts";
export { type CollectedRuns, type CollectOptions, collect, FlowRunningError } from "./collect.ts";
export { type GroupWriter, groupWriter } from "./group-writer.ts";
export { type Heartbeat, startHeartbeat } from "./heartbeat.ts";
export { indicesOf } from "./indices.ts";
export { type AttemptRecord, type AttemptState, type Journal, type JournalHead, openJournal } from "./journal.ts";
export { cardsOf, type KeptCard, visibleCards } from "./kept-cards.ts";
export { keptObjects, withRoom } from "./kept-objects.ts";
export { DamagedResultError, isDamaged, KeptTexts, readObject, type TextRow } from "./kept-text.ts";
export { objectsIn } from "./objects-in.ts";
export { enroll, isOwnerAlive, ownerId, resign } from "./owner.ts";
export { PrintFile } from "./print-file.ts";
export { ResumeError, type Resumption, resumption } from "./resume.ts";
export { type FlowRunPage, type FlowRunPageOptions, flowRunPage } from "./run-page.ts";
export {
  attemptsOf,
  type FlowRunRecord,
  type FlowRunsOptions,
  finishedKey,
  flowRun,
  flowRuns,
  type KeptAttempt,
  planOf,
} from "./runs.ts";
