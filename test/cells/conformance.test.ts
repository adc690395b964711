import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { root, tool } from "../support/tools.ts";

it("Jupyter's own suite for kernels passes, all 13 tests", () => {
  const jupyter = mkdtempSync(join(tmpdir(), "stemma-jupyter-"));
  const node = join(root, "node_modules", ".bin", "node");
  spawnSync(node, [join(root, "dist", "cli", "main.js"), "kernel", "install", "--prefix", jupyter]);
  const env = { ...process.env, JUPYTER_PATH: join(jupyter, "share", "jupyter"), XDG_STATE_HOME: jupyter };
  const run = spawnSync(tool("python"), [join(root, "test", "kernel-python", "conformance.py")], {
    cwd: notebookFolder(),
    env,
    encoding: "utf8",
  });
  expect(run.stderr).toContain("Ran 13 tests");
  expect(run.stderr).toMatch(/^OK$/m);
});
