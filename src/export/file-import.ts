import type { NeededImport } from "./slice.ts";

/** Whether an import takes `file` from Stemma, and nothing else that is a value: exported stages have that themselves. */
export function givesFiles({ placed, names }: NeededImport): boolean {
  const { statement } = placed;
  if (statement.import?.from !== "stemma") return false;
  const values = [...names].filter(([, type]) => !type).map(([local]) => local);
  const imported = values.map((local) => statement.import?.names.find((name) => name.local === local)?.imported);
  return imported.length > 0 && imported.every((name) => name === "file" || name === "StepFile");
}
