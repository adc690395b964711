import { rmSync } from "node:fs";

/** Removes the folder that the tests' JupyterLab served. */
export default function teardown(): void {
  const folder = process.env.STEMMA_LAB_ROOT;
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
