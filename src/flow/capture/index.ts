export { capture } from "./capture.ts";
export { type ImportFinder, importFinder } from "./imports.ts";
export { moduleText, runnableText } from "./module-text.ts";
export { importTarget } from "./packages.ts";
export type { CapturedStep, Part } from "./part.ts";
