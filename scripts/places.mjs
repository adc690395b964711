import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The project's own Python environment, and one of its programs. */
export const venv = join(root, ".venv");
export const venvProgram = (name) => join(venv, "bin", name);

/** The folder of the example, a DVC project of its own. */
export const notebooks = join(root, "notebooks");

/** What was built, installed or run, so that a second start does only what is missing; gone with `npm ci`. */
export const stamps = join(root, "node_modules", ".cache", "stemma");
