import { dirname } from "node:path";
import { host } from "../../host/index.ts";
import { findProject, type Project } from "../../store/index.ts";

/** Where a flow is at home. */
export interface FlowPlace {
  readonly project: Project;
  /** Paths of `f.file()` are relative to it, and the imports of steps are looked for from it. */
  readonly folder: string;
}

/** The notebook's folder, else the working folder. */
export function workingFolder(): string {
  const notebook = host().notebook();
  return notebook === null ? process.cwd() : dirname(notebook);
}

/** The place of the code that calls. */
export function flowPlace(): FlowPlace {
  const folder = workingFolder();
  return { project: findProject(folder), folder };
}
