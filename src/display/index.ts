export { type DataFacts, dataBundle } from "./data-bundle.ts";
export { flowBundle } from "./flow-bundle.ts";
export { flowView } from "./flow-view.ts";
export { graphBundle } from "./graph-bundle.ts";
export { type GraphOptions, graphView } from "./graph-view.ts";
export { type RunFacts, runAnswer } from "./run-answer.ts";
export { runBundle, runsBundle } from "./runs-bundle.ts";
export { runsView } from "./runs-view.ts";
