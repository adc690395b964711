import { join } from "node:path";
import type { Project } from "../../store/index.ts";

/** Where the parts of values are, and what makes them again. Plain data: it crosses threads. */
export interface ValuePlace {
  /** `stemma/objects`. */
  readonly objects: string;
  /** Where restored files stand, each in a folder of its content's name. */
  readonly files: string;
  /** The notebook's folder: paths of files are relative to it, packages are looked for from it. */
  readonly folder: string;
}

/** The place of a project's values. */
export function valuePlace(project: Project, folder: string): ValuePlace {
  return { objects: join(project.stemmaFolder, "objects"), files: join(project.stemmaFolder, "files"), folder };
}
