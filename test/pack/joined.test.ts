import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../support/tools.ts";

const dist = join(root, "dist");

/** The modules of dist/ that are loaded from one on, without those that wait for an `import()`. */
function loadedFrom(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, name] of readFileSync(path, "utf8").matchAll(/^(?:import|export)\b[^"\n]*"(\.[^"]+)";$/gm)) {
    loadedFrom(join(dirname(path), name ?? ""), seen);
  }
  return seen;
}

describe("the joined library", () => {
  it("is read from few files, and parses YAML, captures code and speaks HTTP only when asked to", () => {
    const files = [...loadedFrom(join(dist, "index.js"))];
    expect(files.length).toBeLessThan(40);
    const lazy = /^import [^"\n]*"(yaml|smol-toml|@babel\/parser|@typescript-eslint\/[^"]+|node:https?)";$/m;
    expect(files.filter((file) => lazy.test(readFileSync(file, "utf8")))).toEqual([]);
  });

  it("has every program that its modules start", () => {
    const names = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
    const started = names.flatMap((name) => {
      const path = join(dist, name);
      const places = readFileSync(path, "utf8").matchAll(/new URL\("([^"]+\/)[^"/]+\.js", import\.meta\.url\)\.href/g);
      return [...places].map(([, folder]) => join(dirname(path), folder ?? ""));
    });
    expect(started.length).toBeGreaterThan(5);
    for (const program of [
      "store/put-worker",
      "track/series/fold-worker",
      "flow/run/executors/worker",
      "flow/run/executors/child",
      "export/plan-child",
    ]) {
      expect(existsSync(join(dist, `${program}.js`))).toBe(true);
      expect(started).toContain(join(dist, dirname(program), "/"));
    }
  });
});
