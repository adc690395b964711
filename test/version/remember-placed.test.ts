import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { bytesHashed, findProject } from "../../src/store/index.ts";
import { addData, checkoutOuts, dataStatus } from "../../src/version/index.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "stemma-placed-")));
afterAll(() => rmSync(base, { recursive: true, force: true }));

it("a look after a checkout reads few of the files that the checkout has verified, and each that was changed", async () => {
  const root = join(base, "a b");
  mkdirSync(join(root, ".dvc"), { recursive: true });
  writeFileSync(join(root, ".dvc", "config"), "[core]\n    no_scm = True\n");
  mkdirSync(join(root, "data"));
  const [files, bytes] = [1_500, 1_000];
  for (let i = 0; i < files; i++) writeFileSync(join(root, "data", `ü${i}`), String(i).padEnd(bytes));
  const project = findProject(root);
  await addData(project, "data");
  renameSync(join(root, "data"), join(base, "moved"));
  rmSync(join(root, ".dvc", "tmp"), { recursive: true });
  await checkoutOuts(project);
  // Of the same length, and as soon after the checkout as can be.
  writeFileSync(join(root, "data", "ü7"), "!".padEnd(bytes));
  const before = bytesHashed();
  expect((await dataStatus(project)).map(({ path, state }) => [path, state])).toEqual([["data", "modified"]]);
  expect(bytesHashed() - before).toBeLessThan((files * bytes) / 2);
});
