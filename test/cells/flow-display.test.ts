import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { type Workspace, workspace } from "../support/notebook.ts";

const cell = `
const square = ({ n }: { n: number }) => n * n;
const squares = flow("squares", { numbers: [1, 2] }, (f, p) => f.map(p.numbers, (n) => f.step(square, { n })));
const done = await squares.run();
done
`;

describe.each(["stemma", "tslab"] as const)("a flow that ran in a cell of %s", (kind) => {
  let place: Workspace;
  let kernel: Kernel;

  beforeAll(async () => {
    place = workspace();
    kernel = await startKernel({ kind, cwd: place.folder });
    // Stock tslab tells cells apart from the one behind the import on.
    await kernel.run('import { flow } from "stemma";');
  });
  afterAll(async () => {
    await kernel.stop();
    place.remove();
  });

  it("is drawn once there, also as the last expression, and again in a later cell", async () => {
    const ran = await kernel.run(cell);
    expect(ran.stderr).toBe("");
    const drawn = ran.outputs.filter(({ type }) => type === "display_data" || type === "execute_result");
    expect(drawn).toHaveLength(1);
    expect((await kernel.run("done")).text).toContain("squares · done · 2 of 2 done");
  });
});
