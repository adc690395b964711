import { dirname } from "node:path";
import { host } from "../host/index.ts";
import { findProject, type Project } from "../store/index.ts";

/** Where a flow is at home. */
export interface FlowPlace {
  readonly project: Project;
  /** Paths of `f.file()` are relative to it. */
  readonly folder: string;
  /** Imports of steps are looked for from it. */
  readonly notebookFolder: string;
}

/** The place of the code that calls: the notebook's, else the working folder. */
export function flowPlace(): FlowPlace {
  const folder = process.cwd();
  const notebook = host().notebook();
  const notebookFolder = notebook === null ? folder : dirname(notebook);
  return { project: findProject(notebookFolder), folder, notebookFolder };
}
