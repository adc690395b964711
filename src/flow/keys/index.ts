export { changeNotes, codeNotes, type StepCode, stepCodes } from "./code.ts";
export { type Evaluator, evaluator, type Known } from "./evaluate.ts";
export { type Source, type TaskKey, taskKey } from "./key.ts";
export { knownOf } from "./known.ts";
export {
  fileSource,
  type ProgramSource,
  programLine,
  programSources,
  shownPath,
  stackLine,
} from "./program-sources.ts";
export { cachedReason, changeReason, type RanWith } from "./reason.ts";
export {
  type KeptResult,
  type MadeResult,
  openResults,
  projectAgain,
  type Results,
  resultDigest,
  type TaskNote,
} from "./results.ts";
