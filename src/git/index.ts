export { type Head, headOf, isIgnored, isTracked, stage } from "./git.ts";
