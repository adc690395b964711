export { findProject, type Project } from "./project.ts";
