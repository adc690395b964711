export { type Changes, changesNow, changesOf } from "./changes.ts";
export { type CommitChoice, type CommittedFile, commitsOf, committedFiles } from "./commits.ts";
export { hooksFolder, setConfig } from "./configure.ts";
export { type Head, headOf, isIgnored, isTracked, remoteOf, stage } from "./git.ts";
export { type Commit, changedPaths, commitHolding, commitsThatChanged, createTag, filesAt } from "./history.ts";
export {
  askGit,
  callGit,
  commitAt,
  commitTime,
  deleteRef,
  GitError,
  listRefs,
  listRemoteRefs,
  type Ref,
  setRef,
  topOf,
  writeChangedTree,
  writeCommit,
  writeWorkingTree,
} from "./plumbing.ts";
export {
  allCommits,
  ignoredPaths,
  openRevision,
  type Revision,
  refNames,
  tagsAtHead,
  trackedPaths,
} from "./revision.ts";
export { openRevisions } from "./revisions.ts";
export { type TrackedStates, trackedStates } from "./states.ts";
export { addWorktree, keepStash, removeWorktree, writeFilesOf } from "./worktree.ts";
