import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { notebookFolder } from "../../support/cells.ts";
import { type Kernel, startKernel } from "../../support/kernel.ts";
import { root } from "../../support/tools.ts";
import { type Measure, milliseconds, type Pair, pairs } from "../bench.ts";

const steps = 500;
let cells = 0;

/** What a shape of flow is compared with: as many plain calls in our kernel, and in stock tslab. */
export interface Definition {
  readonly name: "fan" | "chain";
  readonly ours: Pair;
  /** With the stack that our kernel has: a chain of 200 is too deep for what Node gives TypeScript. */
  readonly tslab: Pair;
}

/** The definition of a flow of many steps in a cell, compiled, against as many plain calls. */
export async function definitions(): Promise<readonly Definition[]> {
  const cwd = notebookFolder();
  // As an installed package: the types of what Stemma's own development needs are none of a user's.
  mkdirSync(join(cwd, "node_modules"));
  symlinkSync(root, join(cwd, "node_modules", "stemma"));
  const kernel = await startKernel({ kind: "stemma", cwd });
  const tslab = await startKernel({ kind: "tslab", cwd, flags: ["--stack-size=3900"] });
  try {
    await passes(kernel, 'import { flow } from "stemma";');
    const step = "function next({ n }: { n: number }): number { return n + 1; }";
    for (const each of [kernel, tslab]) await passes(each, step);
    const shapes = [
      ["fan", () => "p.n"],
      ["chain", before],
    ] as const;
    const found: Definition[] = [];
    for (const [name, input] of shapes) {
      const flows = timed(kernel, () => flowCell(input));
      const plain = (each: Kernel): Measure => timed(each, () => plainCell(input));
      const ours = await pairs(flows, plain(kernel));
      found.push({ name, ours, tslab: await pairs(flows, plain(tslab)) });
    }
    return found;
  } finally {
    await Promise.all([kernel.stop(), tslab.stop()]);
  }
}

function timed(kernel: Kernel, cell: () => string): Measure {
  return () => milliseconds(() => passes(kernel, cell()));
}

async function passes(kernel: Kernel, cell: string): Promise<void> {
  const { status, error } = await kernel.run(cell);
  if (status !== "ok") throw new Error(`a cell of the benchmark failed: ${error?.evalue.slice(0, 500)}`);
}

function before(i: number): string {
  return i === 0 ? "p.n" : `s${i - 1}`;
}

function flowCell(input: (i: number) => string): string {
  cells++;
  const lines = Array.from({ length: steps }, (_, i) => `  const s${i} = f.step(next, { n: ${input(i)} });`);
  return `const flow${cells} = flow("many${cells}", { n: 1 }, (f, p) => {\n${lines.join("\n")}\n  return s${steps - 1};\n});`;
}

function plainCell(input: (i: number) => string): string {
  cells++;
  const lines = Array.from({ length: steps }, (_, i) => `  const s${i} = next({ n: ${input(i)} });`);
  return `const plain${cells} = ((p: { n: number }) => {\n${lines.join("\n")}\n  return s${steps - 1};\n})({ n: 1 });`;
}
