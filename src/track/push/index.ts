export { missingPoints } from "./missing-points.ts";
export type { PushServer } from "./push.ts";
export { PushLockedError, whilePushing } from "./push-lock.ts";
export { type Pushed, pushRun } from "./push-run.ts";
export { type PushOptions, type PushProgress, type PushReport, pushRuns } from "./push-runs.ts";
