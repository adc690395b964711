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
  // The whole report: an assertion about its text would print the head only, which names no failed test.
  const isPassed = run.stderr.includes("Ran 13 tests") && /^OK$/m.test(run.stderr);
  expect(isPassed, `${run.error ?? ""}${run.stderr}`).toBe(true);
});
