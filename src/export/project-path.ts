/** Where a file of the notebook's folder stands in a project, with `/`; `..` is dropped: a project reads nothing from outside. */
export function projectPath(path: string): string {
  const parts = path.split("/").filter((part) => part !== ".." && part !== "." && part !== "");
  return parts.join("/");
}
