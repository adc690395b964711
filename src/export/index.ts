export { ExportError, type ExportProblem } from "./problem.ts";
