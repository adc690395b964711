import { join, relative } from "node:path";
import { findProject } from "../../store/index.ts";
import { dataSetOf, readCatalog } from "../../version/index.ts";
import { type Binding, workingFolder } from "../plan/index.ts";
import { type Draft, problem } from "./draft.ts";
import { fileBinding } from "./steps.ts";

/** `f.data()`: the file or folder that the catalog has under a name. @throws {CatalogError} it has none @throws {FlowDefinitionError} it is not here */
export function dataBinding(draft: Draft, name: unknown): Binding {
  if (typeof name !== "string" || name === "")
    throw new TypeError(`flow "${draft.name}": f.data() got ${JSON.stringify(name)}; give it a name of the catalog`);
  const folder = workingFolder();
  const project = findProject(folder);
  const { path, problems, rev, repo, versions, file } = dataSetOf(readCatalog(project), name);
  const elsewhere = /^[a-z][a-z0-9+.-]*:\/\//i.test(path) ? path : (repo ?? (rev === null ? null : `revision ${rev}`));
  const why =
    problems[0] ??
    (elsewhere === null ? null : `it is at ${elsewhere}, and a step's key is made of the bytes that are here`) ??
    (versions === "kedro" ? "each save of it is a file of its own" : null);
  if (why === null) return fileBinding(relative(folder, join(project.root, path)));
  throw problem(
    draft,
    `f.data(${JSON.stringify(name)}) (${file}): ${why}. Read it in a step by version.load(${JSON.stringify(name)}) with { cache: false }, or give its file by f.file()`,
  );
}
