import { existsSync } from "node:fs";
import type { Project } from "../store/index.ts";
import { dataOuts } from "./data-outs.ts";
import { workingFiles } from "./project-files.ts";

/** Data that a `.dvc` file or a stage records. */
export interface VersionedData {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly md5: string;
  readonly bytes: number | null;
  readonly folder: boolean;
}

/** All data that the project's records name with what it was, by path; empty where nobody versions anything. */
export function versionedData(project: Project): readonly VersionedData[] {
  if (!existsSync(project.dvcFolder)) return [];
  return dataOuts(workingFiles(project))
    .flatMap(({ path, md5, bytes }) => (md5 === null ? [] : [{ path, md5, bytes, folder: md5.endsWith(".dir") }]))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
