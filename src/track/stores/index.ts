export { localStore, readRun } from "./local.ts";
export { openRestRuns, type RestRuns } from "./rest.ts";
export type { RestOptions } from "./rest-address.ts";
export { type ArtifactFiles, ArtifactRootError } from "./rest-artifacts.ts";
export { ServerAnswerError, ServerAuthError, ServerDownError, ServerRefusedError } from "./rest-errors.ts";
export type { Machine } from "./rest-server.ts";
