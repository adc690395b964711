import { expect, it } from "vitest";
import type { CellResult, Kernel } from "../support/kernel.ts";

/** Cells that are run one after the other, and what the last of them shows; all before it must succeed. */
export type Row = readonly [title: string, ...cells: readonly string[]];

/** What a cell shows: its text, or the lines of its error. Cells are counted from it: `[0]` itself, `[-1]` the one before. */
export function shown({ text, error, count }: CellResult): string {
  const lines = error === null ? text.replace(/\n$/, "") : error.traceback.join("\n");
  return lines.replace(/\bcell \[(\d+)\]/g, (_, number: string) => `cell [${Number(number) - (count ?? 0)}]`);
}

/** One test a row; the last text of a row is what its last cell shows. */
export function rows(kernel: () => Kernel, table: readonly Row[]): void {
  for (const [title, ...texts] of table) {
    const expected = texts.at(-1);
    it(title, async () => {
      let last = "";
      for (const [index, source] of texts.slice(0, -1).entries()) {
        const result = await kernel().run(source);
        last = shown(result);
        if (index < texts.length - 2 && result.status !== "ok") throw new Error(`${source}\n${last}`);
      }
      expect(last).toBe(expected);
    });
  }
}
