export type { Completeness } from "./completeness.ts";
export { type CellOutcome, createExecutor, type Executor } from "./executor.ts";
export type { SourcePositions } from "./source-positions.ts";
export { type CellDiagnostic, requireFrom } from "./tslab.ts";
