export { calledFunction } from "./called.ts";
export { capture } from "./capture.ts";
export { type ImportFinder, importFinder } from "./imports.ts";
export { fileOfLine, largeValues, moduleText, runnableText } from "./module-text.ts";
export { importTarget } from "./packages.ts";
export type { CapturedStep, Part } from "./part.ts";
export { type BoundFunction, boundFunction } from "./scopes.ts";
