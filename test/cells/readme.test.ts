import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { type Workspace, workspace } from "../support/notebook.ts";
import { root } from "../support/tools.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");
const examples = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1] ?? "");

describe.each(["stemma", "tslab"] as const)("the examples of the README in %s", (kind) => {
  let place: Workspace;
  let kernel: Kernel;

  beforeAll(async () => {
    place = workspace();
    kernel = await startKernel({ kind, cwd: place.folder });
  });
  afterAll(async () => {
    await kernel.stop();
    place.remove();
  });

  it("run, and the first ends with the sum of the squares", async () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const { status, text, stderr, error } = await kernel.run(example);
      expect({ status, stderr, error }).toEqual({ status: "ok", stderr: "", error: null });
      if (example === examples[0]) expect(text.trim()).toMatch(/14$/);
    }
  });
});
