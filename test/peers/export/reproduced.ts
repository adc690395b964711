import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { decode } from "../../../src/flow/index.ts";
import { parseNotebook } from "../../../src/format/index.ts";
import { root, tool } from "../../support/tools.ts";

/** Real DVC, with the Node that these tests run on. */
export function dvc(folder: string, ...args: readonly string[]): string {
  const path = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
  return execFileSync(tool("dvc"), args, { cwd: folder, encoding: "utf8", env: { ...process.env, PATH: path } });
}

/** Names of the stages that a repro ran. */
export function ran(output: string): readonly string[] {
  return [...output.matchAll(/Running stage '(.+)'/g)].map(([, name]) => name ?? "");
}

/** What the code cells of a notebook give, run from top to bottom as one program; `left` tells cells to leave out. */
export function ranAsNotebook(notebook: string, expression: string, left?: RegExp): unknown {
  const { cells } = parseNotebook(readFileSync(notebook, "utf8"), notebook);
  const code = cells.filter(({ kind, source }) => kind === "code" && !left?.test(source)).map(({ source }) => source);
  const text = [...code, `import { encode as $encode } from ${JSON.stringify(join(root, "src/flow/index.ts"))};`]
    .concat(`import { writeFileSync as $write } from "node:fs"; $write("answer.json", $encode(${expression}));`)
    .join("\n;\n")
    .replaceAll('from "stemma"', `from ${JSON.stringify(join(root, "src/index.ts"))}`)
    .replaceAll('from "./seir"', 'from "./seir.ts"');
  const folder = dirname(notebook);
  writeFileSync(join(folder, "notebook.mts"), text);
  execFileSync(process.execPath, ["notebook.mts"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  return decode(readFileSync(join(folder, "answer.json"), "utf8"));
}
