export { askAndWait } from "./blocking.ts";
export { localStore, readRun } from "./local.ts";
export { openRestRuns, type RestRuns } from "./rest.ts";
export { addressOf, type RestOptions } from "./rest-address.ts";
export { type ArtifactFiles, ArtifactRootError } from "./rest-artifacts.ts";
export { ServerAnswerError, ServerAuthError, ServerDownError, ServerRefusedError } from "./rest-errors.ts";
export type { EnsureExperiment } from "./rest-experiments.ts";
export { localFolder, nothing, refusedAs } from "./rest-runs.ts";
export { type Machine, openServer, realMachine, type Server } from "./rest-server.ts";
