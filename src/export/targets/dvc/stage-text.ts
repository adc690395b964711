import { runnable } from "../../erasable.ts";
import { givesFiles } from "../../file-import.ts";
import { type ModuleText, moduleText } from "../../module-text.ts";
import type { Slice } from "../../slice.ts";
import type { ExportSource } from "../../source.ts";

const folder = "src/stages";

/** The module of a stage's code: what it needs of the notebook. */
export function stageModule(source: ExportSource, slice: Slice): ModuleText {
  const hasOwn = slice.imports.some(givesFiles);
  return moduleText(source.program, slice, {
    specifier: (from) =>
      hasOwn && from === "stemma" ? { from: "../stemma/file.js", attributes: "" } : source.modules.target(from, folder),
    reserved: new Set(["stage", "shell"]),
  });
}

export interface StageText {
  /** A comment. */
  readonly title: string;
  readonly module: ModuleText;
  /** What stands behind the user's code. */
  readonly code: string;
  /** Whether its values may hold tables and files. */
  readonly beside: boolean;
}

/** The text of a stage's file. */
export function stageText({ title, module, code, beside }: StageText): string {
  const own = [
    ...(beside ? ['import "../stemma/beside.js";'] : []),
    ...(/\bshell\.(run|outsFolder)\(/.test(code) ? ['import * as shell from "../stemma/command.js";'] : []),
    'import * as stage from "../stemma/stage.js";',
  ];
  const imports = [...module.imports, ...own].join("\n");
  const blocks = [title, imports, module.code, `// %% the stage\n${code}`];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

/** The file of a stage, compiled where Node cannot run it as it is. */
export function stageFile(name: string, text: string): { readonly file: string; readonly text: string } {
  const ready = runnable(text, ".ts");
  return { file: `${folder}/${name}${ready.ending}`, text: ready.text };
}

/** The files that a stage's code is in, and package.json where it imports packages: their versions are part of it. */
export function codeDeps({ modules, packages }: ExportSource, slice: Slice): readonly string[] {
  const specifiers = slice.imports.map(({ placed }) => placed.statement.import?.from ?? "");
  const used = specifiers.map((from) => modules.module(from)).filter((module) => module !== null);
  const named = [...specifiers, ...used.flatMap((module) => module.packages)];
  const known = [...packages.keys()];
  const external = named.some((name) => known.some((pack) => name === pack || name.startsWith(`${pack}/`)));
  return [...used.flatMap(({ path, imports }) => [path, ...imports]), ...(external ? ["package.json"] : [])];
}
