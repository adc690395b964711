import { StemmaError } from "../../error.ts";
import { DatabaseFullError, isDiskFull, type Objects, openObjects, ReadOnlyDatabaseError } from "../../store/index.ts";

/** `stemma/objects`, as flows keep in it: where there is no room, or nothing may be written, it is said as the database says it. */
export function keptObjects(folder: string): Objects {
  const objects = openObjects(folder);
  return {
    ...objects,
    put: (bytes, options) => withRoom(folder, () => objects.put(bytes, options)),
    putFile: (path) => objects.putFile(path).catch((error: unknown) => told(folder, error)),
    putFiles: (files, options) => objects.putFiles(files, options).catch((error: unknown) => told(folder, error)),
  };
}

/** What `work` gives, which writes to `path`. @throws {DatabaseFullError} @throws {ReadOnlyDatabaseError} */
export function withRoom<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    return told(path, error);
  }
}

function told(path: string, error: unknown): never {
  if (error instanceof StemmaError) throw error;
  if (isDiskFull(error)) throw new DatabaseFullError(path, error);
  // Not EACCES: that may be said of what is read.
  const isReadOnly = error instanceof Error && "code" in error && error.code === "EROFS";
  throw isReadOnly ? new ReadOnlyDatabaseError(path, error) : error;
}
