import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { type AddProgress, addData } from "../../src/version/index.ts";

const root = mkdtempSync(join(tmpdir(), "stemma-progress-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const project = { root, stemmaFolder: join(root, "stemma"), dvcFolder: join(root, ".dvc") };

it("adding tells of the bytes that it reads, within one long file too", async () => {
  mkdirSync(join(root, "data"));
  writeFileSync(join(root, "data", "small"), "x");
  writeFileSync(join(root, "data", "long"), "");
  const bytes = 192 * 1024 * 1024;
  truncateSync(join(root, "data", "long"), bytes);
  const told: AddProgress[] = [];
  await addData(project, "data", { onProgress: (progress) => told.push(progress) });
  expect(told.at(-1)).toMatchObject({ path: "data", files: 2, bytes: bytes + 1, totalBytes: bytes + 1 });
  expect(told.some((progress) => progress.bytes > 0 && progress.bytes < bytes)).toBe(true);
});
