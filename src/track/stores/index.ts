export { type ArtifactRemote, artifactRemote, isRemote } from "./artifact-remote.ts";
export { rootOf } from "./artifact-root.ts";
export { ArtifactRootError } from "./artifact-root-error.ts";
export { askAndWait, ServerWaitError } from "./blocking.ts";
export { localStore, readRun } from "./local.ts";
export {
  checkArtifactPath,
  listRemote,
  type PlacedFile,
  readFromRemote,
  readPlaced,
  uploadPlaced,
  writePlaced,
} from "./placed-file.ts";
export { openRestRuns, type RestRuns } from "./rest.ts";
export { addressOf, type RestOptions } from "./rest-address.ts";
export type { ArtifactFiles } from "./rest-artifacts.ts";
export {
  isOfServer,
  ServerAnswerError,
  ServerAuthError,
  ServerDownError,
  ServerRefusedError,
  ServerTrustError,
} from "./rest-errors.ts";
export type { EnsureExperiment } from "./rest-experiments.ts";
export { localFolder, nothing, refusedAs } from "./rest-runs.ts";
export { type Machine, openServer, realMachine, type Server } from "./rest-server.ts";
