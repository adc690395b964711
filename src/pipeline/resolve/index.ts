export type { ReadParams, UsedParams } from "./context.ts";
export { type DictStyle, flattened } from "./expression.ts";
export { type ResolvedPipeline, type ResolvedStage, resolvePipeline } from "./resolve-pipeline.ts";
