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

/** README.md: what it is and how it runs. */
export function readmeText(source: ExportSource, stages: readonly Stage[], notes: readonly string[]): string {
  const rows = stages.map(({ name, cmd, foreach, file, outs }) => {
    const each = foreach === null ? "" : `, for each item of \`${foreach}\``;
    return `| \`${name}\`${each} | \`${cmd ?? file}\` | ${outs.map((out) => `\`${out}\``).join(", ")} |`;
  });
  const fans = [...new Set(stages.map(({ foreach }) => foreach).filter((name) => name !== null))];
  const params = fans.map(
    (name) => `\`${name}\` in \`params.yaml\` is a map: each key is a stage of its own. Add a key, and it runs too.`,
  );
  return `# ${fileName(source.notebook)} as a pipeline

Made from \`${fileName(source.notebook)}\` by \`stemma export\`. It runs with [DVC](https://dvc.org) and Node 22.18 or newer; Stemma is not needed.

\`\`\`sh
npm install
dvc init          # at the root of a git repository; --subdir in a folder of one; --no-scm outside of git
dvc repro         # runs what changed; a second time nothing
\`\`\`

| stage | code | writes |
|---|---|---|
${rows.join("\n")}

${[...params, ...notes].map((text) => `${text}\n`).join("\n")}
Results are JSON; what JSON cannot say (dates, NaN, maps, typed arrays) is written \`{"~": [...]}\`: \`src/stemma/codec.js\` reads it; \`{"~": ["path", "out/a.csv"]}\` is a file of the project.
${source.beside ? "Tables (Arrow), long arrays (NumPy), models and files of a result lie in the folder beside it: `out/fit.files/0.arrow` is read by `pandas.read_feather`, `out/fit.files/1.npy` by `numpy.load`.\n" : ""}\`pipeline.json\` says which cells each stage comes from.
`;
}
