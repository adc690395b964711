export { attemptTail } from "./attempt-tail.ts";
export { deletedColumns } from "./deleted.ts";
export { flowTables } from "./flow.ts";
export { flowRunTables } from "./flow-runs.ts";
export { lineageTables } from "./lineage.ts";
export { registryTables } from "./registry.ts";
export { runSnapshotTables } from "./run-snapshot.ts";
export { trackTables } from "./track.ts";
