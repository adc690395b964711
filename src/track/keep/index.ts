export { checkStore, type Repaired, repairStore } from "./check.ts";
export type { Finding, FindingKind } from "./finding.ts";
export { type GcExperiment, type GcModel, type GcPlan, type GcRun, planGc, type RunsGcOptions, runGc } from "./gc.ts";
