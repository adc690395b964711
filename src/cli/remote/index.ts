export { type CloudStatusFlags, printCloudStatus } from "./cloud-status.ts";
export { type RepoFlags, repoOptions, settingsOf } from "./import.ts";
export { addLine, transferLine } from "./progress.ts";
export { syncOptions } from "./sync-options.ts";
