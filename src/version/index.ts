export type { ColumnType, DataValueError, FrameColumn } from "../frame/index.ts";
export { type AddedData, type AddOptions, addData } from "./add-data.ts";
export { type CheckedOut, type CheckoutOptions, checkoutData, type WantedVersion } from "./checkout-data.ts";
export { mergedConfig } from "./config.ts";
export { type DataFacts, DataVersion } from "./data-version.ts";
export { type DvcIgnore, readDvcIgnore } from "./dvc-ignore.ts";
export { ignoreLine } from "./git-ignore.ts";
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
export { lockRepository } from "./repository-lock.ts";
export { type LinkType, openRepository, type Repository } from "./repository.ts";
export { type DataState, type DataStatus, dataStatus } from "./status.ts";
export { allOuts, outsOf, type TrackedOut } from "./tracked-outs.ts";
export { type CheckoutTarget, type VersionOptions, type VersionVerb, version } from "./version.ts";
export {
  DataPathError,
  GitTrackedError,
  MissingDataError,
  OverlapError,
  UnsavedChangesError,
} from "./version-error.ts";
