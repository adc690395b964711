import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { writeProject } from "../../src/cli/export-folder.ts";
import { exportNotebook } from "../../src/export/index.ts";
import { notebookFolder, notebookText } from "./notebooks.ts";

const cells = (factor: number, name: string): readonly string[] => [
  'import { flow } from "stemma";',
  `const ${name} = ({ path }: { path: string }) => path.length * ${factor};`,
  `flow("f", { n: 1 }, (f) => f.step(${name}, { path: f.file("a.csv") }))`,
];
let notebook: string;
let out: string;

beforeEach(() => {
  notebook = join(notebookFolder(cells(1, "one"), { "a.csv": "1" }), "test.ipynb");
  out = join(mkdtempSync(join(tmpdir(), "stemma-out-")), "project");
});

async function write(force = false): Promise<void> {
  await writeProject(out, await exportNotebook(notebook), { force });
}

it("writes again over its own files, and deletes those that are no longer part of it", async () => {
  await write();
  mkdirSync(join(out, "out"));
  writeFileSync(join(out, "out/one.json"), "1");
  writeFileSync(notebook, notebookText(cells(2, "two")));
  await write();
  expect(existsSync(join(out, "src/stages/one.ts"))).toBe(false);
  expect(readFileSync(join(out, "src/stages/two.ts"), "utf8")).toContain("path.length * 2");
  expect(existsSync(join(out, "out/one.json"))).toBe(true);
});

it.each(["params.yaml", "src/stages/one.ts", "a.csv"])("keeps an edited %s and says so", async (path) => {
  await write();
  writeFileSync(join(out, path), "edited");
  writeFileSync(notebook, notebookText(cells(2, "two")));
  await expect(write()).rejects.toThrow(`edited since the last export: ${path}. Take the changes into the notebook`);
  expect(readFileSync(join(out, path), "utf8")).toBe("edited");
  await write(true);
  expect(existsSync(join(out, "src/stages/two.ts"))).toBe(true);
});

it("writes nothing into a folder that holds other files", async () => {
  mkdirSync(out);
  writeFileSync(join(out, "mine.txt"), "");
  await expect(write()).rejects.toThrow("holds files that no export wrote. Give another folder, or --force");
  writeFileSync(join(out, "pipeline.json"), '{ "files": {} }');
  await expect(write()).rejects.toThrow("holds files that no export wrote");
  expect(existsSync(join(out, "dvc.yaml"))).toBe(false);
});

it("deletes nothing outside of the folder, whatever pipeline.json says", async () => {
  await write();
  const precious = join(out, "../precious.txt");
  writeFileSync(precious, "");
  const record = JSON.parse(readFileSync(join(out, "pipeline.json"), "utf8")) as { files: Record<string, string> };
  record.files["../precious.txt"] = "d41d8cd98f00b204e9800998ecf8427e";
  writeFileSync(join(out, "pipeline.json"), JSON.stringify(record));
  await write();
  expect(existsSync(precious)).toBe(true);
  rmSync(precious);
});

it("refuses a file in the folder's place", async () => {
  writeFileSync(out, "");
  await expect(write()).rejects.toThrow("is a file. Give a folder with --out.");
});
