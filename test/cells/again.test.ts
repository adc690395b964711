import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type CellResult, type Kernel, startKernel } from "../support/kernel.ts";

const cwd = notebookFolder({
  "rate.ts": "export const rate = () => 1;\n",
  "package.json": "{}",
});

let kernel: Kernel;
beforeAll(async () => {
  kernel = await startKernel({ kind: "stemma", cwd });
});
afterAll(() => kernel.stop());

/** What a cell shows that runs before and after something has changed. */
async function around(source: string, change: () => unknown): Promise<readonly [CellResult, CellResult]> {
  // The second time nothing is compiled, the third is the first after the change.
  await kernel.run(source);
  const before = await kernel.run(source);
  await change();
  return [before, await kernel.run(source)];
}

const outcome = ({ text, error }: CellResult): string => error?.traceback[0] ?? text;

async function members(of: string): Promise<unknown> {
  const reply = await kernel.ask("complete_request", { code: `${of}.`, cursor_pos: of.length + 1 });
  return reply["matches"];
}

describe("a cell that runs again", () => {
  it("makes its variables anew, and shows its value under its own count", async () => {
    const source = "let runs = (globalThis as any).runs = ((globalThis as any).runs ?? 0) + 1; () => runs";
    const [second, third] = await around(`${source}; runs`, () => {});
    expect([second.text, third.text, Number(third.count) - Number(second.count)]).toEqual(["2", "3", 1]);
  });

  it("names its own line in an error, each time", async () => {
    const [second, third] = await around(
      "const deep = 1;\nif ((globalThis as any).fails) throw new Error('now');",
      () => kernel.run("(globalThis as any).fails = true;"),
    );
    expect(second.error).toBeNull();
    expect(third.error?.traceback.join("\n")).toContain(`cell [${third.count}], line 2`);
  });

  it("is checked with the types that earlier cells have now", async () => {
    await kernel.run("const size = 1;");
    const [before, after] = await around("size.toFixed(1)", () => kernel.run("const size = 'large';"));
    expect(before.text).toBe("'1.0'");
    expect(after.error?.evalue).toContain("Property 'toFixed' does not exist");
  });

  it("gets a local module as it was saved", async () => {
    const source = "import { rate } from './rate'; rate()";
    const [before, after] = await around(source, () =>
      writeFileSync(join(cwd, "rate.ts"), "export const rate = () => 'other';\n"),
    );
    expect([before.text, after.text]).toEqual(["1", "'other'"]);
  });

  it("gets a module cell as it was run last", async () => {
    await kernel.run("/** @module fees */ export const fee = 1;");
    const [before, after] = await around("import { fee } from './fees'; fee", () =>
      kernel.run("/** @module fees */ export const fee = 'free';"),
    );
    expect([before.text, after.text]).toEqual(["1", "'free'"]);
  });

  it("is checked as the folder's settings say now", async () => {
    const [before, after] = await around("function loose(x) { return x } loose(3)", () =>
      writeFileSync(join(cwd, "package.json"), '{ "stemma": { "strict": true } }'),
    );
    writeFileSync(join(cwd, "package.json"), "{}");
    expect(before.text).toBe("3");
    expect(outcome(after)).toContain("TS7006");
  });
});

describe("a completion that is asked for again", () => {
  it("has the members of what the variable is now", async () => {
    await kernel.run("const thing = { first: 1 };");
    expect([await members("thing"), await members("thing")]).toEqual([["first"], ["first"]]);
    await kernel.run("const thing = { second: 1 };");
    expect(await members("thing")).toEqual(["second"]);
  });

  it("is about the place of the cursor", async () => {
    const code = "Math.hypot(JSON.parse(''))";
    const at = async (cursor_pos: number): Promise<unknown> => {
      const reply = await kernel.ask("complete_request", { code, cursor_pos });
      return (reply["matches"] as string[])[0];
    };
    expect([await at(10), await at(21), await at(10)]).toEqual(["hypot", "parse", "hypot"]);
  });
});
