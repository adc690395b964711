export type { ColumnType, DataValueError, FrameColumn } from "../frame/index.ts";
export { type AddedData, type AddOptions, addData } from "./add-data.ts";
export { type CheckedOut, type CheckoutOptions, checkoutData, type WantedVersion } from "./checkout-data.ts";
export { type DataFacts, DataVersion } from "./data-version.ts";
export { type DataState, type DataStatus, dataStatus } from "./status.ts";
export { type CheckoutTarget, type VersionOptions, type VersionVerb, version } from "./version.ts";
export {
  DataPathError,
  GitTrackedError,
  MissingDataError,
  OverlapError,
  UnsavedChangesError,
} from "./version-error.ts";
