export { attempts, type RunPlace, runPlace } from "./attempts.ts";
export type { Outcome, Try } from "./executor.ts";
export { seedOf } from "./seed.ts";
export type { CardPart, ContextFacts, StepSink } from "./step-context.ts";
export { TaskLog } from "./task-log.ts";
