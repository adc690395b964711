export { type DataOut, dataOuts } from "../data-outs.ts";
export { committedFiles as revisionFiles, workingFiles as workspaceFiles } from "../project-files.ts";
export { type AddFromOptions, addFrom } from "./add-from.ts";
export {
  type CloudChange,
  type CloudState,
  type CloudStatus,
  type CloudStatusOptions,
  cloudStatus,
} from "./cloud-status.ts";
export type { StateOptions } from "./collect-outs.ts";
export { type DiskUsage, type DiskUsageOptions, diskUsage } from "./disk-usage.ts";
export { download } from "./download.ts";
export { fetchOuts, type OutVersion } from "./fetch-outs.ts";
export { type Collected, collectGarbage, type GcOptions, type Removed } from "./gc.ts";
export { type GetOptions, getFromRepo, getUrl, urlOfData } from "./get-data.ts";
export {
  type ImportedData,
  type ImportOptions,
  type ImportRepoOptions,
  type ImportUrlOptions,
  importRepo,
  importUrl,
} from "./import-data.ts";
export { type ImportStatus, importStatus, type SourceState } from "./import-status.ts";
export { type ListedFile, type ListOptions, listRepo, listUrl, repositoryAround } from "./list-data.ts";
export { notInRemote } from "./not-in-remote.ts";
export {
  importOnce,
  isUrl,
  type Pulled,
  type PullOptions,
  type RemoteOptions,
  type RemoteTargets,
  type RemoteVerbs,
  remoteVerbs,
} from "./notebook.ts";
export { remotePath } from "./remote-objects.ts";
export { defaultRemote, listRemotes, NoRemoteError, type OpenRemotes, type RemoteEntry, remotesOf } from "./remotes.ts";
export type { RepoSettings } from "./repo-settings.ts";
export { CloneError, openRepoSource, outsAt, type RepoSource } from "./repo-source.ts";
export { type FetchOptions, fetchData, pushData, type SyncOptions } from "./sync.ts";
export {
  type Transfer,
  TransferError,
  type TransferFailure,
  type TransferOptions,
  type TransferProgress,
} from "./transfer.ts";
export { type UpdateOptions, updateImport } from "./update-import.ts";
export { urlContent } from "./url-content.ts";
export { openUrl, type UrlSource } from "./url-source.ts";
export { loadListing } from "./wanted-objects.ts";
