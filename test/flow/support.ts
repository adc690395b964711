import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { setRenderer } from "../../src/host/index.ts";

// The text of a run at its end is for people.
setRenderer("flow-run", () => ({ "text/plain": "" }));

// Threads and processes of steps start many times in these tests: what Node compiles for one is there for the next.
Object.assign(process.env, compiledOnce());

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

/** The environment of programs that share what Node compiles of the sources. */
export function compiledOnce(): Readonly<Record<string, string>> {
  return { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? join(tmpdir(), "stemma-compiled") };
}
