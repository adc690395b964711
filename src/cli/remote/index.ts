export { type CloudStatusFlags, printCloudStatus } from "./cloud-status.ts";
export { syncOptions } from "./sync-options.ts";
