import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changedHelper, denoFacts, flowCells, flowFacts, flowFiles, reasons } from "../conformance/flow.ts";
import { notebookFolder } from "../support/cells.ts";
import { type CellResult, type Kernel, type KernelOptions, type Output, startKernel } from "../support/kernel.ts";
import { root } from "../support/tools.ts";

const library = `${root}/dist/index.js`;
const node = join(root, "node_modules", ".bin", "node");
const fromNode = `import { readFileSync } from "node:fs";`;
const imports = {
  stemma: `import { flow } from "stemma"; ${fromNode} import { model } from "./model";`,
  tslab: `import { flow } from "stemma"; ${fromNode} import { model } from "./model";`,
  deno: `const { flow } = await import("${library}"); ${fromNode} import { model } from "./model.ts";`,
  node: `import { flow } from "${library}"; ${fromNode} import { model } from "./model.ts";`,
};

function folder(): string {
  const made = notebookFolder({ ...flowFiles, "package.json": '{ "type": "module" }' });
  symlinkSync(join(root, "node_modules"), join(made, "node_modules"));
  return made;
}

/** What a host printed, by fact. */
function factsIn(text: string): ReadonlyMap<string, unknown> {
  const lines = [...text.matchAll(/^fact (\[.*\])$/gm)].map(([, line]) => JSON.parse(line ?? "") as [string, unknown]);
  return new Map(lines);
}

function printed({ type, content }: Output): string {
  return type === "stream" ? String(content["text"]) : "";
}

function expected(fact: unknown): unknown {
  if (typeof fact === "string") return expect.stringContaining(fact);
  return Array.isArray(fact) ? fact.map(expected) : fact;
}

function sameFacts(facts: Readonly<Record<string, unknown>>, found: () => ReadonlyMap<string, unknown>): void {
  it.each(Object.entries(facts))("%s", (fact, wanted) => expect(found().get(fact)).toEqual(expected(wanted)));
}

function kernelFacts(kind: KernelOptions["kind"], facts: Readonly<Record<string, unknown>>): void {
  let kernel: Kernel;
  const results: CellResult[] = [];
  // Deno's kernel may bring the end of a cell's output after the cell's reply.
  const text = (): string =>
    results.map(({ outputs, late }) => `${[...outputs, ...late].map(printed).join("")}\n`).join("");
  const run = async (cell: string): Promise<void> => {
    const result = await kernel.run(cell);
    const { status, stderr, error } = result;
    expect({ status, stderr, error }).toEqual({ status: "ok", stderr: "", error: null });
    results.push(result);
  };
  beforeAll(async () => {
    kernel = await startKernel({ kind, cwd: folder() });
    for (const cell of flowCells(imports[kind])) await run(cell);
  });
  afterAll(() => kernel.stop());

  sameFacts(facts, () => factsIn(text()));

  it("tells the helper that another cell declared again", async () => {
    await run(changedHelper);
    await run(`${reasons("third")} await null;`);
    const told = factsIn(text()).get("third");
    expect(told).toEqual([expect.stringContaining("load cached"), expect.anything(), expect.anything()]);
    expect(told).toContainEqual(expect.stringContaining("fit stale: helper scale() changed"));
  });
}

describe("a flow in Stemma's kernel", () => kernelFacts("stemma", flowFacts));
describe("a flow in stock tslab", () => kernelFacts("tslab", flowFacts));
describe("a flow in Deno's kernel", () => kernelFacts("deno", denoFacts));

describe("a flow in plain Node", () => {
  const cwd = folder();
  const run = (cells: readonly string[]): ReadonlyMap<string, unknown> => {
    writeFileSync(join(cwd, "script.ts"), cells.join("\n"));
    return factsIn(execFileSync(node, ["script.ts"], { cwd, encoding: "utf8", stdio: "pipe" }));
  };
  let found: ReadonlyMap<string, unknown>;
  beforeAll(() => {
    found = run(flowCells(imports.node));
  });

  sameFacts(flowFacts, () => found);

  it("tells the helper that was written anew before the next start", () => {
    const [load, declared, steps, best] = flowCells(imports.node, changedHelper);
    const defined = (best ?? "").replace(/^await told.*$/m, "");
    expect(run([load ?? "", declared ?? "", steps ?? "", defined, reasons("third")]).get("third")).toContainEqual(
      expect.stringContaining("fit stale: helper scale() changed"),
    );
  });
});
