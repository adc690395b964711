import { readdirSync } from "node:fs";
import { join, parse } from "node:path";
import { describe, expect, it } from "vitest";

/** Names that hide what a file is for: a function there has no owner. */
const nameless = new Set([
  "util",
  "utils",
  "helper",
  "helpers",
  "common",
  "shared",
  "misc",
  "lib",
  "core",
  "base",
  "types",
  "constants",
  "manager",
]);
const root = join(import.meta.dirname, "..");

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
}

describe("the layout", () => {
  it("gives every file and folder of src a name that says what it is for", () => {
    expect(filesBelow("src").filter((path) => nameless.has(parse(path).name))).toEqual([]);
  });

  it("has an index.ts face in every folder of src that holds code", () => {
    const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const faceless = folders.filter(({ name }) => !filesBelow(`src/${name}`).includes(join("src", name, "index.ts")));
    expect(faceless.map(({ name }) => name)).toEqual([]);
  });
});
