import { findProject, type Project } from "../../store/index.ts";
import { localLoggedModels } from "./local-logged.ts";
import { localModels } from "./local-models.ts";
import { localSearch } from "./local-search.ts";
import { localVersions } from "./local-versions.ts";
import type { LoggedModelStore, ModelStore } from "./registry-store.ts";

/** A registry with the logged models that its versions are made of. */
export interface Models extends ModelStore, LoggedModelStore {}

/** The models of a project: those in its database. */
export function localRegistry(project: Project): Models {
  return { ...localModels(project), ...localVersions(project), ...localSearch(project), ...localLoggedModels(project) };
}

/** The models of a project. @param where the project, or an existing folder in it; the working folder where absent */
export function openModels(where: Project | string = process.cwd()): Models {
  return localRegistry(typeof where === "string" ? findProject(where) : where);
}
