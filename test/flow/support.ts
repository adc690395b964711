import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { setRenderer } from "../../src/host/index.ts";

// The text of a run at its end is for people.
setRenderer("flow-run", () => ({ "text/plain": "" }));

/** Makes a project in a folder of its own the working folder, until the file's tests end. */
export function inProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "stemma-flow-"));
  const before = process.cwd();
  process.chdir(folder);
  afterAll(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
