import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { type ExportedProject, exportNotebook } from "../../src/export/index.ts";
import { decode } from "../../src/flow/index.ts";
import { root } from "../support/tools.ts";

/** An exported project in a new folder, with only the packages that its package.json asks for: no Stemma. */
export function projectFolder(project: ExportedProject): string {
  const folder = mkdtempSync(join(tmpdir(), "stemma-project-"));
  for (const [path, text] of project.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  for (const [path, bytes] of project.given) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  for (const { from, to } of project.copies) {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    cpSync(from, join(folder, to), { recursive: true });
  }
  const { dependencies } = JSON.parse(project.files.get("package.json") ?? "{}") as { dependencies: object };
  for (const name of Object.keys(dependencies)) {
    const place = join(folder, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, "node_modules", name), place, "junction");
  }
  return folder;
}

interface Definition {
  readonly cmd: string;
  readonly deps: readonly string[];
  readonly outs?: readonly string[];
  readonly metrics?: readonly string[];
  readonly plots?: readonly string[];
}

/**
 * Runs the stages in the order of dvc.yaml, as DVC would for the first time: fills in `${key}`, wants every dep to be there
 * and every out to be written.
 */
export function runStages(folder: string): void {
  const read = (name: string): Record<string, unknown> => parse(readFileSync(join(folder, name), "utf8"));
  const { stages } = read("dvc.yaml") as { stages: Record<string, Definition & { foreach?: string; do?: Definition }> };
  for (const stage of Object.values(stages)) {
    const param = /^\$\{(\w+)\}$/.exec(stage.foreach ?? "")?.[1];
    const keys = param === undefined ? [""] : Object.keys(read("params.yaml")[param] as object);
    for (const key of keys) {
      const filled = (text: string): string => text.replaceAll(/\$\{key\}/g, key);
      const { cmd, deps, outs = [], metrics = [], plots = [] } = stage.do ?? stage;
      for (const dep of deps) if (!existsSync(join(folder, filled(dep)))) throw new Error(`${filled(dep)} is missing`);
      const [program, ...args] = filled(cmd).split(" ");
      if (program !== "node") throw new Error(`${cmd} is for DVC's shell`);
      execFileSync(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
      for (const out of [...outs, ...metrics, ...plots])
        if (!existsSync(join(folder, filled(out)))) throw new Error(`${filled(out)} was not written`);
    }
  }
}

export function result(folder: string, name: string): unknown {
  return decode(readFileSync(join(folder, "out", `${name}.json`), "utf8"));
}

/** The results that the pipeline of a notebook writes, by name. */
export async function exportedResults(notebook: string, names: readonly string[]): Promise<readonly unknown[]> {
  const folder = projectFolder(await exportNotebook(notebook));
  runStages(folder);
  return names.map((name) => result(folder, name));
}
