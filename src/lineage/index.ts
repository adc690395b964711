export { closeActivity, currentActivity, openActivity, within } from "./current.ts";
export type { Activity, Entity, Fact } from "./fact.ts";
export { factsOf, recordFacts, recordPart } from "./facts.ts";
export type { LineageGraph, LineageNode } from "./graph.ts";
export { Lineage } from "./lineage.ts";
export { nodeId } from "./node-id.ts";
export { observeFacts } from "./observe.ts";
export { lineageOf } from "./walk.ts";
