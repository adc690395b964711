import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Notebook, textOf } from "../support/notebook.ts";
import { root, tool } from "../support/tools.ts";
import { type CommandEnd, type WarmPython, warmPython } from "../support/warm-python.ts";

/** The commands, as pip installs them. */
const programs = {
  papermill: "papermill.cli:papermill",
  jupytext: "jupytext.cli:jupytext",
  "jupyter-nbconvert": "nbconvert.nbconvertapp:main",
  "jupyter-console": "jupyter_console.app:main",
  "jupyter-run": "jupyter_client.runapp:main",
};

let folder: string;
let env: NodeJS.ProcessEnv;
let warm: WarmPython;

beforeAll(async () => {
  folder = notebookFolder();
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const prefix = join(folder, "jupyter");
  const node = join(root, "node_modules", ".bin", "node");
  execFileSync(node, [join(root, "dist", "cli", "main.js"), "kernel", "install", "--prefix", prefix]);
  env = {
    ...process.env,
    JUPYTER_PATH: join(prefix, "share", "jupyter"),
    XDG_STATE_HOME: folder,
    PATH: `${join(root, ".venv", "bin")}${delimiter}${process.env["PATH"]}`,
    PYTHONPATH: installed(),
  };
  warm = await warmPython(programs, env);
});
afterAll(() => warm.close());

/** stemma-papermill, as pip would have it: the wheel is built and unpacked where Python looks. */
function installed(): string {
  const target = join(folder, "wheel");
  const project = join(root, "python", "stemma-papermill");
  execFileSync(tool("python"), ["-m", "hatchling", "build", "-t", "wheel", "-d", target], {
    cwd: project,
    stdio: "pipe",
  });
  const packages = join(folder, "packages");
  const script = `import glob, zipfile; zipfile.ZipFile(glob.glob(${JSON.stringify(`${target}/*.whl`)})[0]).extractall(${JSON.stringify(packages)})`;
  execFileSync(tool("python"), ["-c", script]);
  return packages;
}

/** A command that has to succeed; without `input` it reads nothing. */
async function run(argv: readonly string[], input = ""): Promise<CommandEnd> {
  const end = await warm.run(argv, { cwd: folder, env, input });
  if (end.code !== 0) throw new Error(`${argv.join(" ")} ended with ${end.code}\n${end.stdout}${end.stderr}`);
  return end;
}

interface Cell {
  readonly id: string;
  readonly source: string;
  readonly tags?: readonly string[];
}

function write(name: string, cells: readonly Cell[]): void {
  const metadata = { kernelspec: { name: "stemma", display_name: "TypeScript (Stemma)", language: "typescript" } };
  const code = cells.map(({ id, source, tags = [] }) => ({
    cell_type: "code",
    id,
    metadata: { tags },
    execution_count: null,
    outputs: [],
    source,
  }));
  writeFileSync(join(folder, name), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: code }));
}

const read = (name: string): Notebook => JSON.parse(readFileSync(join(folder, name), "utf8")) as Notebook;

describe("papermill with stemma-papermill", () => {
  beforeAll(() => {
    write("fit größe.ipynb", [
      {
        id: "defaults",
        tags: ["parameters"],
        source: 'const beta: number = 0.1; // how fast\nlet regions: string[] = ["all"];\nconst n = 1;\n',
      },
      {
        id: "types",
        source: "console.log([beta, big, label, none, regions, options, until].map((value) => typeof value).join());",
      },
      {
        id: "values",
        source: "console.log(JSON.stringify([beta * 2, label, none, regions, options, until, n]), big + 1n);",
      },
      {
        id: "run",
        source:
          'import { track } from "stemma"; const r = await track("papermill", { beta }, () => {}); r.record().tags',
      },
    ]);
  });

  const papermill = (...args: readonly string[]): Promise<CommandEnd> =>
    run(["papermill", "--no-progress-bar", ...args]);

  it("hands parameters over with their types, behind the cell that is tagged", async () => {
    const yaml =
      '{label: "gr\\"ö😀ße\\n", none: null, regions: [nord, süd], options: {"a b": [1, null, true], "__proto__": 2}, until: 2026-03-01}';
    await papermill(
      "fit größe.ipynb",
      "out.ipynb",
      "-p",
      "beta",
      "0.25",
      "-p",
      "big",
      "12345678901234567890",
      "-y",
      yaml,
    );
    const notebook = read("out.ipynb");
    expect(notebook.cells.map(({ id }) => id).filter((id) => !/^[0-9a-f]{8}/.test(id))).toEqual([
      "defaults",
      "types",
      "values",
      "run",
    ]);
    expect(textOf(notebook, "types")).toBe("number,bigint,string,object,object,object,string\n");
    expect(textOf(notebook, "values")).toBe(
      '[0.5,"gr\\"ö😀ße\\n",null,["nord","süd"],{"a b":[1,null,true],"__proto__":2},"2026-03-01",1] 12345678901234567891n\n',
    );
    // Nobody tells papermill's own engine what the kernel should know: nothing is guessed.
    expect(textOf(notebook, "run")).not.toContain("stemma.cell.id");
  });

  it("tells the kernel the notebook and the cell with --engine stemma", async () => {
    write("told.ipynb", [
      { id: "run-it", source: 'import { track } from "stemma"; (await track("told", {}, () => {})).record().tags' },
      { id: "fails", source: 'throw new RangeError("too big");' },
    ]);
    // And papermill says where it ended.
    await expect(papermill("--engine", "stemma", "told.ipynb", "told-out.ipynb")).rejects.toThrow(
      /Exception encountered at "In \[2\]":[\s\S]*RangeError: too big/,
    );
    const text = textOf(read("told-out.ipynb"), "run-it");
    expect(text).toContain("'stemma.cell.id': 'run-it'");
    expect(text).toContain(`'mlflow.source.name': '${join(folder, "told.ipynb")}'`);
    expect(text).toMatch(/'stemma\.session\.id': '[\w-]+'/);
  });

  it("writes every value of Python that has a counterpart", async () => {
    const script = `
import datetime, json
from stemma_papermill import TypeScriptTranslator as T
import numpy
values = [float("inf"), float("-inf"), float("nan"), -0.0, 1e300, 2**53, -(2**53 - 1), (1, "a"), {}, [], "\\ud800", datetime.date(2026, 3, 1),
          datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc), numpy.float64(0.5), numpy.int64(3), numpy.bool_(True)]
print(json.dumps([T.translate(value) for value in values]))`;
    const { stdout } = await run(["python", script]);
    expect(JSON.parse(stdout)).toEqual(
      '-|Infinity|-Infinity|NaN|-0.0|1e+300|9007199254740992n|-9007199254740991|[1, "a"]|{}|[]|"\\ud800"|"2026-03-01"|"2026-03-01T12:00:00+00:00"|0.5|3|true'
        .split("|")
        .slice(1),
    );
  });

  it("lists parameters, and refuses a name that TypeScript cannot have", async () => {
    expect((await papermill("--help-notebook", "fit größe.ipynb")).stdout).toMatch(
      /beta: number \(default 0\.1\) +how fast\n +regions: string\[\] \(default \["all"\]\)\s*\n +n: number \(default 1\)/,
    );
    await expect(papermill("fit größe.ipynb", "x.ipynb", "-p", "my-rate", "1")).rejects.toThrow(
      /"my-rate" is no name for a TypeScript variable/,
    );
  });
});

describe("jupytext", () => {
  it("turns a notebook into a .ts script and back, and runs the script", async () => {
    write("script.ipynb", [
      { id: "one", tags: ["parameters"], source: "const größe: number = 20;" },
      { id: "two", source: "// a remark\nconsole.log(größe + 1);" },
    ]);
    const jupytext = (...args: readonly string[]): Promise<unknown> => run(["jupytext", ...args]);
    await jupytext("--to", "ts:percent", "script.ipynb");
    const script = readFileSync(join(folder, "script.ts"), "utf8");
    expect(script).toMatch(
      /^\/\/ %% tags=\["parameters"\]\nconst größe: number = 20;\n\n\/\/ %%\n\/\/ a remark\nconsole\.log/m,
    );
    expect(script).toMatch(/^\/\/ {5}name: stemma$/m);
    await jupytext("--to", "ipynb", "--execute", "--output", "back.ipynb", "script.ts");
    const back = read("back.ipynb");
    expect(back.cells.map(({ source }) => [source].flat().join(""))).toEqual([
      "const größe: number = 20;",
      "// a remark\nconsole.log(größe + 1);",
    ]);
    expect(textOf(back, back.cells[1]?.id ?? "")).toBe("21\n");
  });
});

describe("headless runs", () => {
  it("nbconvert --execute --allow-errors keeps counts, results and errors, and runs what follows an error", async () => {
    write("errors.ipynb", [
      { id: "fails", source: 'throw new RangeError("too big");' },
      { id: "next", source: "1 + 1" },
    ]);
    const args = ["--to", "notebook", "--execute", "--allow-errors", "--output", "errors-out.ipynb", "errors.ipynb"];
    await run(["jupyter-nbconvert", ...args]);
    const out = read("errors-out.ipynb");
    expect(out.cells[0]?.outputs).toMatchObject([{ output_type: "error", ename: "RangeError", evalue: "too big" }]);
    expect(out.cells[1]).toMatchObject({ execution_count: 2, outputs: [{ output_type: "execute_result" }] });
    expect(textOf(out, "next")).toBe("2");
  });

  it("nbclient takes raises-exception and allow_error_names, and goes on after interrupt_on_timeout", async () => {
    write("client.ipynb", [
      { id: "tagged", tags: ["raises-exception"], source: 'throw new TypeError("expected");' },
      { id: "named", source: 'throw new RangeError("by name");' },
      { id: "slow", source: "const kept = 3;\nwhile (true) {}" },
      { id: "after", source: "console.log(kept)" },
    ]);
    const script = `
import nbformat, json
from nbclient import NotebookClient
nb = nbformat.read("client.ipynb", 4)
NotebookClient(nb, timeout_func=lambda cell: 2 if "while" in cell.source else 60, interrupt_on_timeout=True, allow_error_names=["RangeError", "KeyboardInterrupt"]).execute()
print(json.dumps([[o.get("ename") or o.get("text") for o in c.outputs] for c in nb.cells]))`;
    const { stdout } = await run(["python", script]);
    expect(JSON.parse(stdout)).toEqual([["TypeError"], ["RangeError"], ["KeyboardInterrupt"], ["3\n"]]);
  });

  it("jupyter console runs lines from its input, and goes on after an error", async () => {
    const input = 'const q = 20\nconsole.log(q + 1)\nthrow new Error("no")\n({ q })\nquit\n';
    const said = await run(["jupyter-console", "--kernel", "stemma", "--simple-prompt"], input);
    expect(said.stdout).toContain("TypeScript");
    expect(said.stdout).toMatch(/21/);
    expect(said.stdout + said.stderr).toMatch(/Error: no/);
    expect(said.stdout).toMatch(/Out\[4\]: \{ q: 20 \}/);
  });

  it("jupyter run runs a file", async () => {
    writeFileSync(join(folder, "lines.ts"), "const n: number = 20;\nconsole.log(n + 2);\n");
    expect((await run(["jupyter-run", "--kernel", "stemma", "lines.ts"])).stdout).toBe("22\n");
  });
});
