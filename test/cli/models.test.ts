import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { track } from "../../src/track/index.ts";
import { emptyFolder } from "../support/services/index.ts";
import { root } from "../support/tools.ts";
import { stemma } from "./runs/in-process.ts";

const onnxFile = join(root, "test/golden/mlflow-3.17.2/linear.onnx");

describe("stemma models", () => {
  let folder: string;
  beforeAll(async () => {
    folder = emptyFolder();
    const before = process.cwd();
    process.chdir(folder);
    await track("fits", {}, async (run) =>
      run.model("fit", onnxFile, { registeredName: "seir", aliases: ["champion"] }),
    );
    process.chdir(before);
  });

  it("lists, registers, tags, moves and deletes versions", async () => {
    const run = async (...args: readonly string[]): Promise<string> => (await stemma(folder, "models", ...args)).out;
    expect(await run("register", "seir", "seir/1", "--alias", "neu")).toBe("seir/2\n");
    expect(await run("tag", "seir/2", "checked=yes")).toBe("");
    expect(await run("stage", "seir/2", "production")).toBe("seir/2 Production\n");
    expect(await run("describe", "seir", "# fits")).toBe("");
    expect(await run("list")).toMatch(/^name +latest +aliases +changed +tags\nseir +2 +champion -> 1, neu -> 2 /);
    expect(await run("show", "seir")).toMatch(/2 +Production +neu .*checked=yes\n +1 +None +champion /);
    expect(JSON.parse(await run("show", "seir@neu", "--json"))).toMatchObject({ version: 2, tags: { checked: "yes" } });
    expect(await run("alias", "seir", "neu", "-d")).toBe("");
    expect(await run("delete", "seir/2")).toBe("");
    expect(JSON.parse(await run("list", "--json"))).toMatchObject([{ name: "seir", aliases: { champion: 1 } }]);
    expect((await stemma(folder, "models", "show", "sier")).err).toContain('There is no registered model "sier"');
  });
});
