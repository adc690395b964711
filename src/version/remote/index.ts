export {
  type CloudChange,
  type CloudState,
  type CloudStatus,
  type CloudStatusOptions,
  cloudStatus,
} from "./cloud-status.ts";
export type { StateOptions } from "./collect-outs.ts";
export { type Collected, collectGarbage, type GcOptions, type Removed } from "./gc.ts";
export { defaultRemote, listRemotes, NoRemoteError, type RemoteEntry } from "./remotes.ts";
export { type FetchOptions, fetchData, pushData, type SyncOptions } from "./sync.ts";
export {
  type Transfer,
  TransferError,
  type TransferFailure,
  type TransferOptions,
  type TransferProgress,
} from "./transfer.ts";
