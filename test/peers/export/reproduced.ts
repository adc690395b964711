import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll } from "vitest";
import { decode } from "../../../src/flow/index.ts";
import { parseNotebook } from "../../../src/format/index.ts";
import { root, tool } from "../../support/tools.ts";
import { type Warm, warmDvc } from "../dvc/warm.ts";

let warm: Promise<Warm> | null = null;
afterAll(async () => (await warm)?.close());

/** Real DVC, with the Node that these tests run on. @returns what it printed */
export async function dvc(folder: string, ...argv: readonly string[]): Promise<string> {
  const path = [dirname(process.execPath), dirname(tool("python")), process.env["PATH"]].join(delimiter);
  const env = { ...process.env, PATH: path } as Readonly<Record<string, string>>;
  warm ??= warmDvc();
  const { code, out, err } = await (await warm).run({ argv, cwd: folder, env });
  if (code !== 0) throw new Error(`dvc ${argv.join(" ")} ended with ${code}:\n${out}\n${err}`);
  return out;
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
