import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { notebookFolder } from "../../support/cells.ts";
import { type Kernel, startKernel } from "../../support/kernel.ts";
import { root } from "../../support/tools.ts";
import { milliseconds, type Pair, pairs } from "../bench.ts";

const steps = 500;
let cells = 0;

/** The definition of a flow of many steps in a cell, compiled, against as many plain calls. */
export async function definitions(): Promise<{ readonly fan: Pair; readonly chain: Pair }> {
  const cwd = notebookFolder();
  symlinkSync(join(root, "node_modules"), join(cwd, "node_modules"));
  const kernel = await startKernel({ kind: "stemma", cwd });
  try {
    await passes(kernel, 'import { flow } from "stemma";');
    await passes(kernel, "function next({ n }: { n: number }): number { return n + 1; }");
    const timed = (cell: () => string) => () => milliseconds(() => passes(kernel, cell()));
    const fan = await pairs(
      timed(() => flowCell(() => "p.n")),
      timed(() => plainCell(() => "p.n")),
    );
    const chain = await pairs(
      timed(() => flowCell(before)),
      timed(() => plainCell(before)),
    );
    return { fan, chain };
  } finally {
    await kernel.stop();
  }
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
