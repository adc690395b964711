export type {
  ColumnType,
  DataFormat,
  DataRow,
  DataValueError,
  FrameColumn,
  SchemaColumn,
  SchemaType,
  TableFileError,
  TableFormat,
  TableReadOptions,
} from "../frame/index.ts";
export { type AddedData, type AddOptions, addData } from "./add-data.ts";
export {
  type Catalog,
  type CatalogEntry,
  CatalogError,
  CatalogList,
  type CatalogSets,
  type CatalogVerbs,
  type CheckedSet,
  checkSets,
  columnsOf,
  type DataSet,
  dataSetOf,
  type LoadOptions,
  type LoadVerb,
  listOf,
  type Partitions,
  printTypes,
  readCatalog,
  type SetState,
  type TypedSet,
  type WantedColumn,
} from "./catalog/index.ts";
export { explainIgnore, type IgnoreLine, type IgnoreVerdict } from "./check-ignore.ts";
export { type CheckedOut, type CheckoutOptions, checkoutData, type WantedVersion } from "./checkout-data.ts";
export { CheckoutError, type CheckoutOutsOptions, type CheckoutReport, checkoutOuts } from "./checkout-outs.ts";
export { type CommitOptions, CommitRefusedError, commitData } from "./commit-data.ts";
export {
  ConfigError,
  type ConfigLevel,
  configFile,
  configLevels,
  type EditableConfig,
  editConfig,
  mergedConfig,
  readConfig,
} from "./config.ts";
export { type DataDiff, type DataDiffOptions, type DiffEntry, diffData, RevisionError } from "./data-diff.ts";
export { DataHistory, type DataHistoryEntry, recordedVersions } from "./data-history.ts";
export { type DataStateOptions, type DataStateReport, dataState, type StateChanges } from "./data-state.ts";
export { type DataFacts, DataVersion, dataDetails } from "./data-version.ts";
export { destroyProject } from "./destroy.ts";
export type { CellChange, TableChanges } from "./diff-tables.ts";
export { allDvcFiles, type DvcFileTarget, dvcFileAt, dvcFilesOf, UnknownTargetError } from "./dvc-files.ts";
export { type DvcIgnore, readDvcIgnore } from "./dvc-ignore.ts";
export { freezeData } from "./freeze.ts";
export { installHooks } from "./git-hooks.ts";
export { ignoreLine } from "./git-ignore.ts";
export { globTargets } from "./glob-targets.ts";
export { InitError, type InitOptions, initProject } from "./init-project.ts";
export { MergeConflictError, mergeDvcFiles } from "./merge-files.ts";
export { type MigrateOptions, migrateCache } from "./migrate-cache.ts";
export { moveData } from "./move-data.ts";
export {
  cachedBytes,
  cachedFiles,
  contentAt,
  isComplete,
  keepContent,
  type OutContent,
  type OutPlace,
  type RestoreOptions,
  removeContent,
  restoreContent,
} from "./out-content.ts";
export { type PathUser, type PathUsers, type PathUsersFile, pathUsers, refuseUsers } from "./path-users.ts";
export { committedFiles, type ProjectFiles, workingFiles } from "./project-files.ts";
export type { AddProgress } from "./put-contents.ts";
export type { ReadAs, ReadFormat, TableColumns } from "./read-data.ts";
export type { ReadingVerbs, ReadOptions, ReadVerb, TablePath } from "./reading-verbs.ts";
export type { StateChoice } from "./recorded-state.ts";
export {
  type AddFromOptions,
  addFrom,
  CloneError,
  type CloudChange,
  type CloudState,
  type CloudStatus,
  type CloudStatusOptions,
  type Collected,
  cloudStatus,
  collectGarbage,
  type DiskUsage,
  type DiskUsageOptions,
  defaultRemote,
  diskUsage,
  type FetchOptions,
  fetchData,
  fetchOuts,
  type GcOptions,
  type GetOptions,
  getFromRepo,
  getUrl,
  type ImportedData,
  type ImportOptions,
  type ImportRepoOptions,
  type ImportStatus,
  type ImportUrlOptions,
  importRepo,
  importStatus,
  importUrl,
  type ListedFile,
  type ListOptions,
  listRemotes,
  listRepo,
  listUrl,
  NoRemoteError,
  type OutVersion,
  type Pulled,
  type PullOptions,
  pushData,
  type RemoteEntry,
  type RemoteOptions,
  type RemoteTargets,
  type RemoteVerbs,
  type Removed,
  type RepoSettings,
  repositoryAround,
  type SourceState,
  type StateOptions,
  type SyncOptions,
  type Transfer,
  TransferError,
  type TransferFailure,
  type TransferOptions,
  type TransferProgress,
  type UpdateOptions,
  updateImport,
  urlContent,
  urlOfData,
} from "./remote/index.ts";
export { type RemoveOptions, removeData } from "./remove-data.ts";
export { type LinkType, openRepository, type Repository } from "./repository.ts";
export { type RepositoryFacts, repositoryFacts } from "./repository-facts.ts";
export { lockRepository } from "./repository-lock.ts";
export { type RepositoryOut, repositoryOuts } from "./repository-outs.ts";
export { makeCacheFolder, sharedFileMode } from "./shared-cache.ts";
export { type DataState, type DataStatus, dataStatus } from "./status.ts";
export { type DataTag, TagError } from "./tag-data.ts";
export { allOuts, outsOf, type TrackedOut } from "./tracked-outs.ts";
export { unprotectData } from "./unprotect.ts";
export { type CheckoutVerbOptions, type VersionOptions, type VersionVerb, version } from "./version.ts";
export {
  type ByteChanges,
  type ContentChanges,
  type DiffOptions,
  type FolderChanges,
  type JsonChanges,
  VersionDiff,
} from "./version-diff.ts";
export {
  DataPathError,
  GitTrackedError,
  MissingDataError,
  OverlapError,
  UnsavedChangesError,
} from "./version-error.ts";
export { type VersionedData, versionedData } from "./versioned-data.ts";
export type { CheckoutTarget } from "./wanted-version.ts";
