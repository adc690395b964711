export { capture } from "./capture.ts";
export { moduleText, runnableText } from "./module-text.ts";
export type { CapturedStep, Part } from "./part.ts";
