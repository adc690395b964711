export { type Changes, changesNow, changesOf } from "./changes.ts";
export { type Head, headOf, isIgnored, isTracked, remoteOf, stage } from "./git.ts";
export { allCommits, ignoredPaths, openRevision, type Revision, refNames, trackedPaths } from "./revision.ts";
