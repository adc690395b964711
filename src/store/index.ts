export { type FileCopy, moveFile } from "./copy-file.ts";
export {
  type Database,
  type DatabaseMachine,
  hasDatabase,
  openDatabase,
  type Sql,
  type SqlValue,
  writeOnFullDisk,
} from "./database.ts";
export {
  DatabaseBusyError,
  DatabaseError,
  DatabaseFullError,
  isDiskFull,
  ReadOnlyDatabaseError,
} from "./database-error.ts";
export { md5, md5File, md5Pattern } from "./digest.ts";
export { syncData, syncFolder, syncNames, temporaryName, type WriteOptions, writeAll, writeDurable } from "./files.ts";
export { digestsOf, type SizedFile } from "./hashed-file.ts";
export { checkOrdinary, type FolderFile, filesBelow, SpecialFileError } from "./list-folder.ts";
export { LockedError, type LockOptions, withLock } from "./lock.ts";
export { CorruptObjectError, MissingObjectError, type Objects, openObjects } from "./objects.ts";
export { isAlive } from "./process.ts";
export { findProject, type Project } from "./project.ts";
export { copyFiles, md5Files, type PutFile, type PutOptions, withAside } from "./put-files.ts";
export { bytesHashed } from "./read-counter.ts";
export {
  eachAtOnce,
  openRemote,
  type Remote,
  RemoteError,
  type RemoteFile,
  type RemoteSettings,
  type RemoteTrouble,
  type Upload,
  withoutPassword,
} from "./remotes/index.ts";
export { freeReserve, keepReserve, withReserve } from "./reserve.ts";
export { NewerDatabaseError, OlderDatabaseError } from "./schema.ts";
export { databaseConstructor } from "./sqlite.ts";
export { FileChangedError, type SeenFile } from "./stage-file.ts";
