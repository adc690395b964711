import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";

const cwd = notebookFolder({
  "package.json": '{"dependencies":{"stats-pack":"1.0.0"}}',
  "node_modules/stats-pack/package.json": '{"name":"stats-pack","main":"index.js","types":"index.d.ts"}',
  "node_modules/stats-pack/index.js": "exports.medianOf = () => 1;\n",
  "node_modules/stats-pack/index.d.ts": 'export * from "./more";\nexport { hidden as shownMean } from "./more";\n',
  "node_modules/stats-pack/more.d.ts":
    "/** The middle one. */\nexport declare function medianOf(values: number[]): number;\nexport declare const hidden: number;\n",
});

let kernel: Kernel;
beforeAll(async () => {
  kernel = await startKernel({ kind: "stemma", cwd });
  await kernel.run(
    "/** Doubles a number.\n * @param n what to double\n */\nfunction double(n: number, times = 2): number { return n * times }\nconst frame = { rows: 1, columns: 2 }; const data = frame; class Model<T> { constructor(readonly size: T) {} }",
  );
  // Names for imports are read in the time after the first cell: no question waits for them.
  while ((await complete("shownM¦"))[1].length === 0);
});
afterAll(() => kernel.stop());

/** The offset of "¦" in code points, and the text without it. */
function cursor(text: string): { readonly code: string; readonly cursor_pos: number } {
  const [before = "", after = ""] = text.split("¦");
  return { code: before + after, cursor_pos: Array.from(before).length };
}

async function complete(text: string): Promise<readonly [string, readonly string[]]> {
  const { code, cursor_pos } = cursor(text);
  const reply = await kernel.ask("complete_request", { code, cursor_pos });
  const points = Array.from(code);
  const replaced = points.slice(Number(reply["cursor_start"]), Number(reply["cursor_end"])).join("");
  return [replaced, reply["matches"] as string[]];
}

async function inspect(text: string): Promise<string> {
  const reply = await kernel.ask("inspect_request", { ...cursor(text), detail_level: 0 });
  return String((reply["data"] as Record<string, unknown>)["text/plain"] ?? "");
}

describe("completion", () => {
  const table: readonly (readonly [title: string, text: string, replaced: string, matches: readonly string[]])[] = [
    ["gives the members of a variable of an earlier cell", "frame.¦", "", ["columns", "rows"]],
    ["gives those that start so", "frame.co¦", "co", ["columns"]],
    ["replaces the whole name", "frame.co¦lu + 1", "colu", ["columns"]],
    ["counts code points", "'😀🇩🇪'; frame.ro¦", "ro", ["rows"]],
    ["knows functions", "doub¦", "doub", ["double"]],
    ["knows what an import has", "import { existsSy¦ } from 'node:fs'", "existsSy", ["existsSync"]],
    ["knows words of a union", "const way: 'left' | 'right' = '¦", "", ["left", "right"]],
    [
      "offers the import of an installed package's name on a line of its own",
      "const a = 1;\nmedianO¦",
      "medianO",
      ['import { medianOf } from "stats-pack"'],
    ],
    ["offers it for names that are exported again", "shownM¦", "shownM", ['import { shownMean } from "stats-pack"']],
    ["offers Node's own names", "readFileS¦", "readFileS", ['import { readFileSync } from "node:fs"']],
    ["offers no line within an expression", "const b = shownM¦", "shownM", []],
    ["works while the rest of the cell has errors", "const wrong: number = 's';\nframe.ro¦\nfoo(", "ro", ["rows"]],
  ];
  for (const [title, text, replaced, matches] of table)
    it(title, async () => expect(await complete(text)).toEqual([replaced, matches]));
});

describe("inspection", () => {
  const doubled = "function double(n: number, times?: number): number\n\nDoubles a number.\n@param n what to double";
  const table: readonly (readonly [title: string, text: string, shown: string])[] = [
    ["gives the signature and the comment of an earlier cell's function", "doub¦le(2)", doubled],
    ["gives them within the call's parentheses", "double(¦", doubled],
    ["gives them at the second argument", "'😀'; double(1, ¦)", doubled],
    ["gives the type of a variable", "fra¦me", "const frame: { rows: number; columns: number; }"],
    ["gives the signature of a class", "new Model(¦", "new Model<T>(size: T): Model<T>"],
    [
      "says how to import an unknown name",
      "median¦Of([1])",
      'medianOf is not imported:\nimport { medianOf } from "stats-pack"',
    ],
    ["finds nothing for nothing", "no¦pe", ""],
  ];
  for (const [title, text, shown] of table) it(title, async () => expect((await inspect(text)).trim()).toBe(shown));
});
