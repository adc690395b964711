export { type ExportOptions, exportNotebook } from "./export-notebook.ts";
export { flowModule } from "./flow-module.ts";
export { ExportError, type ExportProblem, problemText } from "./problem.ts";
export type { ExportedProject, FileCopy } from "./source.ts";
