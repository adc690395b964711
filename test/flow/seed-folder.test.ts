import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { inProject } from "./support.ts";

const parent = inProject();
const script = fileURLToPath(new URL("fixtures/draws.ts", import.meta.url));

// What the same project draws in a folder of its own.
async function drawnIn(name: string): Promise<unknown> {
  const folder = join(parent, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "a.csv"), "a");
  writeFileSync(join(folder, "b.csv"), "b");
  const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: folder });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

describe("the same project in another folder", () => {
  it("draws the same numbers of files and outs, also without a seed of its own", async () => {
    const [here, there] = await Promise.all([drawnIn("here"), drawnIn("über there")]);
    expect(there).toEqual(here);
    for (const [drawn] of here as readonly (readonly [{ readonly listed: number[]; readonly each: number[] }])[]) {
      expect(new Set([...drawn.listed, ...drawn.each]).size).toBe(4);
    }
  });
});
