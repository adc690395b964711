import { execFile, execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
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

/** What each of the others answered, and the version that did. */
const answers = join(root, "test", "golden", "kernels.json");

type Answers = Readonly<Record<string, { readonly version: string; readonly marks: Marks }>>;

function recorded(): Answers {
  return JSON.parse(readFileSync(answers, "utf8")) as Answers;
}

const versionOf = {
  tslab: () => packageVersion("tslab"),
  deno: () => packageVersion("deno"),
  python: () =>
    execFileSync(tool("python"), ["-c", "import ipykernel; print(ipykernel.__version__)"], { encoding: "utf8" }).trim(),
} as const;

function packageVersion(name: string): string {
  const text = readFileSync(join(root, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** The others are slow to ask: only when told so, which also records what they say. */
const asksAll = process.env["STEMMA_ASK_KERNELS"] === "1";

const others = ["tslab", "deno", "python"] as const;

describe("the table of docs/kernel.md", () => {
  it.skipIf(asksAll).each(others)("says of %s what its installed version answered", (kind) => {
    expect(recorded()[kind]).toEqual({ version: versionOf[kind](), marks: marksOf(kind) });
  });

  it.each(asksAll ? kinds : (["stemma"] as const))("is true of %s", { timeout: 120_000 }, async (kind) => {
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
    if (kind === "stemma") return;
    const all = { ...recorded(), [kind]: { version: versionOf[kind](), marks } };
    writeFileSync(answers, `${JSON.stringify(all, null, 2)}\n`);
  });
});
