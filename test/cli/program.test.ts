import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { nodeTooOld } from "../../src/cli/node-version.ts";
import { root } from "../support/tools.ts";
import { emptyFolder, stemma } from "./stemma.ts";

const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;

describe("the command line", () => {
  it("says its version and its commands", () => {
    expect(stemma(emptyFolder(), "--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
    const help = stemma(emptyFolder(), "--help");
    expect(help.code).toBe(0);
    for (const verb of ["runs", "serve", "add", "checkout", "status", "export", "doctor"])
      expect(help.out).toContain(verb);
  });

  it.each([
    [2, ["frob"], "unknown command 'frob'"],
    [2, ["serve", "--port", "70000"], "Want a whole number from 0 to 65535."],
    [2, ["runs", "rename"], "missing required argument 'run'"],
    [254, ["add"], "missing required argument 'targets'"],
    [254, ["status", "--frob"], "unknown option '--frob'"],
  ] as const)("ends a wrong use with %d: %j", (code, args, message) => {
    const ended = stemma(emptyFolder(), ...args);
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(`ERROR: `);
    expect(ended.err).toContain(message);
  });

  it("takes -q, -v and --cd before the verb", () => {
    const folder = emptyFolder();
    expect(stemma(folder, "-q", "init", "--no-scm")).toEqual({ code: 0, out: "", err: "" });
    mkdirSync(join(folder, "a b"));
    expect(stemma(folder, "--cd", "a b", "root").out).toBe("..\n");
    expect(stemma(folder, "-v", "--cd=a b", "--wait-for-lock", "status").out).toContain("no data or pipelines");
    expect(stemma(folder, "-q", "status")).toEqual({ code: 0, out: "", err: "" });
    expect(stemma(folder, "-q", "status", "nothing").err).toContain("ERROR: ");
    const ended = stemma(folder, "-q", "runs", "list");
    expect([ended.code, ended.err.split("\n")[0]]).toEqual([2, "ERROR: unknown option '-q'"]);
  });

  it("shows the stack of an error only when it is asked to", () => {
    const folder = emptyFolder();
    const quiet = stemma(folder, "runs", "show", "abc");
    expect([quiet.code, quiet.err]).toEqual([
      1,
      `ERROR: There is no run abc in ${folder}. \`stemma runs list\` shows them. Give at least six digits of an id.\n`,
    ]);
  });

  it("loads of a group the one verb that is asked for, and what tracks only where something is tracked", () => {
    const list = loadedBy("runs", "list");
    expect(list).toContain("src/cli/runs/list.ts");
    expect(list.filter((path) => /^src\/cli\/runs\/(?!index|list|open|pairs|text)/.test(path))).toEqual([]);
    const help = loadedBy("runs", "--help");
    for (const verb of ["list", "compare", "reproduce", "keep"]) expect(help).toContain(`src/cli/runs/${verb}.ts`);
    const repro = loadedBy("repro");
    expect(repro).toContain("src/pipeline/reproduce.ts");
    expect(repro.filter((path) => path.startsWith("src/track/"))).toEqual([]);
  });

  it("needs Node 22.13", () => {
    expect(nodeTooOld("22.13.0")).toBeNull();
    expect(nodeTooOld("24.1.0")).toBeNull();
    expect(nodeTooOld("22.12.9")).toContain("needs Node 22.13 or newer, and this is 22.12.9");
    expect(nodeTooOld("20.20.2")).toContain("this is 20.20.2");
    const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(engines.node).toBe(">=22.13");
  });
});

const tellLoads = `import { registerHooks } from "node:module";
registerHooks({
  load(url, context, next) {
    process._rawDebug("loads " + url);
    return next(url, context);
  },
});`;

/** The modules of ours that a command line loads, from the project's root. */
function loadedBy(...args: readonly string[]): readonly string[] {
  const hooks = `data:text/javascript,${encodeURIComponent(tellLoads)}`;
  const main = join(root, "src", "cli", "main.ts");
  const { stderr } = spawnSync(process.execPath, ["--import", hooks, main, ...args], {
    cwd: emptyFolder(),
    encoding: "utf8",
  });
  const start = `loads ${pathToFileURL(root).href}/`;
  return stderr.split("\n").flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
}
