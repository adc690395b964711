import type { ExportSource, WholeWork } from "../../source.ts";
import { isSyntax } from "../../syntax.ts";
import { fileName, type Stage } from "./stage.ts";
import { codeDeps, stageFile, stageModule, stageText } from "./stage-text.ts";

/** The one stage of a notebook without a flow: all its cells; the value that it shows last is its result. */
export function wholeStage(source: ExportSource, { slice }: WholeWork): Stage {
  const name = stageName(fileName(source.notebook));
  const last = slice.statements.at(-1);
  const shown = last?.statement.node["expression"];
  const module = stageModule(source, isSyntax(shown) ? { ...slice, statements: slice.statements.slice(0, -1) } : slice);
  const value = last !== undefined && isSyntax(shown) ? module.piece(last, shown) : "null";
  const out = `out/${name}.json`;
  const code = `stage.writeShown(${JSON.stringify(out)}, ${value});`;
  return {
    ...stageFile(
      name,
      stageText({ title: `// All cells of ${fileName(source.notebook)}.`, module, code, beside: false }),
    ),
    name,
    foreach: null,
    items: 1,
    deps: [...codeDeps(source, slice), ...source.data.map(({ to }) => to)],
    params: [],
    outs: [out],
    results: [],
    metrics: [],
    plots: [],
    cmd: null,
    always: false,
    slice,
    steps: [],
  };
}

function stageName(file: string): string {
  return file.replace(/\.ipynb$/, "").replace(/[^A-Za-z0-9_-]+/g, "_");
}
