export { md5, md5File, md5Pattern } from "./digest.ts";
export { syncData, syncFolder, syncNames, temporaryName, type WriteOptions, writeDurable } from "./files.ts";
export { CorruptObjectError, MissingObjectError, type Objects, openObjects } from "./objects.ts";
export { findProject, type Project } from "./project.ts";
export type { PutFile, PutOptions } from "./put-files.ts";
export { FileChangedError } from "./stage-file.ts";
