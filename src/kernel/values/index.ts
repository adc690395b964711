export { resultBundle } from "./result-bundle.ts";
export { valueText } from "./value-text.ts";
