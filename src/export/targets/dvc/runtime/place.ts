/**
 * Where packages are looked for: DVC runs a stage in the project's folder.
 *
 * This file is copied into exported projects: it imports nothing.
 */
export function workingFolder(): string {
  return process.cwd();
}
