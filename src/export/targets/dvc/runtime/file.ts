// In an exported project the very file stands here, as file.js: what `file()` gives is the same there.
export { file, isStepFile, StepFile } from "../../../../flow/values/file.ts";
