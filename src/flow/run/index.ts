export { type FlowStart, runFlow } from "./run-flow.ts";
