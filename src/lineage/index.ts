export type { Activity, Entity, Fact } from "./fact.ts";
export type { LineageGraph, LineageNode } from "./graph.ts";
