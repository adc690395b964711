import { md5 } from "../../../store/index.ts";
import type { DataFile, ExportSource } from "../../source.ts";
import { givenFiles } from "./given-files.ts";
import { fileName, type Stage } from "./stage.ts";

/** package.json: the packages that the stages import, at the versions that the notebook has. */
export function packageText({ notebook, packages, overrides }: ExportSource): string {
  const name = fileName(notebook)
    .replace(/\.ipynb$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|[._-]+$/g, "");
  const dependencies = Object.fromEntries([...packages].sort(([a], [b]) => (a < b ? -1 : 1)));
  const overriding = Object.keys(overrides).length === 0 ? {} : { overrides };
  const fields = {
    name: name || "pipeline",
    private: true,
    type: "module",
    engines: { node: ">=22.18" },
    dependencies,
    ...overriding,
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** .gitignore: results, packages, and the data that DVC keeps. */
export function ignoreText(data: readonly Pick<DataFile, "to" | "dvcFile">[]): string {
  const tracked = data
    .filter(({ dvcFile }) => dvcFile !== null)
    .map(({ to }) => `/${to.replace(/[\\*?[\]!# ]/g, "\\$&")}`);
  return `${["/node_modules", "/out", ...tracked.sort()].join("\n")}\n`;
}

/** Where each stage comes from, and a digest of each file as it was written. */
export function pipelineText(
  source: ExportSource,
  stages: readonly Stage[],
  files: ReadonlyMap<string, string>,
): string {
  const fields = {
    format: 1,
    madeBy: `stemma ${source.version}`,
    notebook: fileName(source.notebook),
    stages: stages.map(({ name, cmd, file, steps, slice }) => ({
      name,
      file: cmd === null ? file : null,
      steps,
      cells: cellsOf(slice.statements),
    })),
    plan: source.work.kind === "flow" ? source.work.plan : null,
    files: Object.fromEntries([...files].map(([path, text]) => [path, md5(text)])),
    data: Object.fromEntries([
      ...source.data.map(({ to, md5: digest }) => [to, digest] as const),
      ...givenFiles(source).map(({ path, md5: digest }) => [path, digest] as const),
    ]),
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

function cellsOf(statements: Stage["slice"]["statements"]): readonly object[] {
  const cells = [...new Set(statements.map(({ cell }) => cell))];
  return cells.map(({ id, number, source }) => ({ id, number, md5: md5(source) }));
}
