import type { Project } from "../store/index.ts";
import { destinationOptions } from "./destination.ts";
import { localReader, type RunReader } from "./run-reader.ts";
import { serverReader } from "./server-reader.ts";

/** The runs that `track.runs()` and `track.compare()` look at: those of the server of `track.use()`, else the project's. */
export function currentReader(project: Project): RunReader {
  const options = destinationOptions();
  return options === null ? localReader(project) : serverReader(project, options);
}
