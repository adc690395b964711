export { type ArtifactPlace, copyArtifact, getArtifact, listArtifacts, putArtifact } from "./artifacts.ts";
export {
  createExperiment,
  dropExperimentTag,
  ensureExperiment,
  experimentNames,
  listExperiments,
  readExperiment,
  readExperimentByName,
  renameExperiment,
  setExperimentLifecycle,
  setExperimentTag,
} from "./experiments.ts";
export { nestedCounts, type RunsFound, runNames, runsBelow, topRuns } from "./nested-runs.ts";
export {
  artifactFolder,
  changeRun,
  insertRun,
  putPoints,
  type RunChange,
  type RunRow,
  recordsOf,
  runColumns,
  runRow,
  runTables,
  setLifecycle,
  writableRun,
} from "./runs.ts";
export { settle } from "./settle.ts";
export { dropTag, putInputs, putParams, putTags } from "./values.ts";
