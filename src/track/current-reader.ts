import type { Project } from "../store/index.ts";
import { localReader, type RunReader } from "./run-reader.ts";

/** The runs that `track.runs()` and `track.compare()` look at. */
export function currentReader(project: Project): RunReader {
  return localReader(project);
}
