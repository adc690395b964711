export { checkStore, type Repaired, repairStore } from "./check.ts";
export type { Finding, FindingKind } from "./finding.ts";
export { type GcExperiment, type GcModel, type RunsGcOptions, type GcPlan, type GcRun, planGc, runGc } from "./gc.ts";
