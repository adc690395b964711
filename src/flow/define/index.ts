export { dataBinding } from "./data.ts";
export { bindingOf, type Draft, emptyDraft, made } from "./draft.ts";
export { addExec } from "./exec.ts";
export { paramRefs } from "./params.ts";
export { scheduleOf, textOf, wholeNumber } from "./policy.ts";
export { addLoop, addMap, addWhen, otherwiseName } from "./scopes.ts";
export { addNote, addStep, fileBinding, rangeBinding } from "./steps.ts";
export { refuseUnknown } from "./unknown.ts";
export { addUse, type Definition, isFlow, noteDefinition } from "./use.ts";
