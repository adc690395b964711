export { dataBinding } from "./data.ts";
export { bindingOf, type Draft, emptyDraft, made } from "./draft.ts";
export { addExec } from "./exec.ts";
export { paramRefs } from "./params.ts";
export { scheduleOf, wholeNumber } from "./policy.ts";
export { addLoop, addMap, addWhen, otherwiseName } from "./scopes.ts";
export { addNote, addStep, fileBinding, rangeBinding } from "./steps.ts";
export { addUse, type Definition, noteDefinition } from "./use.ts";
