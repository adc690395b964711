import { execFile } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { kernelCommand } from "../support/kernel.ts";
import { root, tool } from "../support/tools.ts";

/** The question of compare.py behind each row of the table in docs/kernel.md, in its order. */
const questions = [
  "types",
  "shorthand",
  "module",
  "kept",
  "error",
  "goes on",
  "late",
  "history",
  "input",
  "await",
  "loop",
] as const;

const kinds = ["stemma", "tslab", "deno", "python"] as const;

type Marks = Readonly<Record<string, boolean>>;

/** What the table says of a kernel; an empty field is no question of its language. */
function marksOf(kind: (typeof kinds)[number]): Marks {
  const table = /^\| \| Stemma \|.*?\n\n/ms.exec(readFileSync(join(root, "docs", "kernel.md"), "utf8"))?.[0] ?? "";
  const rows = table.trim().split("\n").slice(2);
  expect(rows).toHaveLength(questions.length);
  const marks = rows.map((row) => row.split("|").slice(2, -1)[kinds.indexOf(kind)]?.trim() ?? "");
  return Object.fromEntries(
    questions
      .map((question, index) => [question, marks[index] ?? ""] as const)
      .filter(([, mark]) => mark !== "")
      .map(([question, mark]) => [question, mark === "yes"]),
  );
}

function commandOf(kind: (typeof kinds)[number]): readonly string[] {
  if (kind === "python") return [tool("python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"];
  return kernelCommand(kind, "{connection_file}");
}

describe("the table of docs/kernel.md", () => {
  it.each(kinds)("is true of %s", async (kind) => {
    const cwd = notebookFolder({
      "package.json": '{ "type": "module" }',
      "node_modules/awaits-at-top/package.json":
        '{ "name": "awaits-at-top", "version": "1.0.0", "type": "module", "main": "index.js", "types": "index.d.ts" }',
      "node_modules/awaits-at-top/index.js": "export const value = await Promise.resolve(7);",
      "node_modules/awaits-at-top/index.d.ts": "export declare const value: number;",
    });
    // Without Node's types stock tslab does not know `console`.
    symlinkSync(join(root, "node_modules", "@types"), join(cwd, "node_modules", "@types"));
    const marks = marksOf(kind);
    const script = join(root, "test", "kernel-python", "compare.py");
    const args = [script, kind, JSON.stringify(commandOf(kind)), JSON.stringify(marks)];
    const env = { ...process.env, XDG_STATE_HOME: cwd };
    const { stdout } = await promisify(execFile)(tool("python"), args, { cwd, env });
    expect(JSON.parse(stdout)).toEqual(marks);
  });
});
