export { linkModelMetrics } from "./link-metrics.ts";
export { insertLogged, putRunModel, readRunModels } from "./local-logged.ts";
export { localRegistry, type Models, openModels } from "./local-registry.ts";
export { registerVersion } from "./register.ts";
export {
  AliasNotFoundError,
  LoggedModelNotFoundError,
  ModelExistsError,
  ModelNotFoundError,
  VersionNotFoundError,
} from "./registry-errors.ts";
export { checkAlias, checkLoggedModelName, checkModelName } from "./registry-names.ts";
export {
  type LoggedModel,
  type LoggedModelOrder,
  type LoggedModelQuery,
  type LoggedModelStatus,
  type LoggedModelStore,
  type ModelMetric,
  type ModelPage,
  type ModelStage,
  type ModelStore,
  type ModelVersion,
  modelStages,
  type NewLoggedModel,
  type NewVersion,
  type RegisteredModel,
  type RegistryQuery,
  type RunModels,
  type VersionKey,
} from "./registry-store.ts";
export { openRestModels } from "./rest-registry.ts";
export { findSent, type ModelToSend, type SentModel, sendModel, sendModelMetrics } from "./send-model.ts";
export { sendRunMetrics } from "./send-run-metrics.ts";
export { sendVersion, type VersionToSend } from "./send-version.ts";
