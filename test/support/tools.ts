import { existsSync } from "node:fs";
import { join } from "node:path";

/** The repository. */
export const root: string = join(import.meta.dirname, "..", "..");

// Where Python may not keep what it compiled, each start compiles all of MLflow or DVC anew: 16 s instead of 6.
delete process.env["PYTHONDONTWRITEBYTECODE"];

/**
 * Absolute path of a Python tool of the tests: `python`, `jupyter`, `dvc`, `mlflow`, …
 *
 * @throws {Error} it is not in `.venv`; the message says what installs it
 */
export function tool(name: string): string {
  const path = join(root, ".venv", "bin", name);
  if (existsSync(path)) return path;
  throw new Error(`${path} is not there. \`npm test\` installs it (requirements/test.txt); run that once.`);
}
