import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { root } from "../support/tools.ts";

describe.each(["stemma", "tslab"] as const)("models in a cell of %s", (kind) => {
  let kernel: Kernel;
  beforeAll(async () => {
    const cwd = notebookFolder({ "node_modules/.keep": "" });
    symlinkSync(root, join(cwd, "node_modules", "stemma"));
    symlinkSync(join(root, "node_modules", "ml-cart"), join(cwd, "node_modules", "ml-cart"));
    kernel = await startKernel({ kind, cwd });
  });
  afterAll(() => kernel.stop());

  it("are logged by their training, loaded by name, asked and drawn", async () => {
    const trained = await kernel.run(`
      import { track } from "stemma";
      import { DecisionTreeClassifier } from "ml-cart";
      const X = [[1, 2], [2, 1], [6, 7], [7, 6]];
      const run = await track("iris", {}, async (open) => {
        const tree = new DecisionTreeClassifier();
        open.autolog(tree);
        tree.train(X, [0, 0, 1, 1]);
        return open.model("tree", tree, { inputExample: X, registeredName: "iris", aliases: ["champion"] });
      });
      run.record().metrics["training_accuracy_score"].value`);
    expect(trained.error?.evalue ?? "").toBe("");
    expect(trained.text).toContain("1");
    const loaded = await kernel.run(
      'const model = await track.model("iris@champion"); await model.predict([[1, 1], [9, 9]])',
    );
    expect(loaded.error?.evalue ?? "").toBe("");
    expect(loaded.text.replace(/\s/g, "")).toContain("[0,1]");
    const drawn = await kernel.run("model");
    const data = drawn.outputs.map(({ content }) => content["data"] as Readonly<Record<string, string>>)[0] ?? {};
    expect(data["text/html"]).toContain("<b>iris</b>");
    expect(data["text/plain"]).toContain("models:/iris/1 · @champion · mljs");
  });
});
