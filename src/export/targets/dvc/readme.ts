import type { ExportSource } from "../../source.ts";
import { fileName, type Stage } from "./stage.ts";

/** What a reader of the project is told. */
export interface ReadmeFacts {
  readonly stages: readonly Stage[];
  /** File of what the flow gives, or of what the notebook shows last. */
  readonly result: string;
  readonly notes: readonly string[];
}

/** README.md: what it is, how it runs, where its results are. */
export function readmeText(source: ExportSource, { stages, result, notes }: ReadmeFacts): string {
  const { work, notebook } = source;
  const what = work.kind === "flow" ? `the flow \`${work.plan.name}\` of ` : "";
  const gives = work.kind === "flow" ? "What the flow gives is" : "What the notebook shows last is";
  return `# ${fileName(notebook)} as a pipeline

Made from ${what}\`${fileName(notebook)}\` by \`stemma export\`. It runs with [DVC](https://dvc.org) and Node 22.18 or newer; Stemma is not needed.

\`\`\`sh
npm install
${[...commands(source, stages)].map(([command, about]) => `${command.padEnd(24)} # ${about}`).join("\n")}
\`\`\`

| stage | code | writes |
|---|---|---|
${stages.map(rowOf).join("\n")}

${gives} \`${result}\`.
${aboutParams(source, stages)}${list(notes)}
Results are JSON. What JSON cannot say (dates, NaN, maps, typed arrays) is written \`{"~": [...]}\`; \`{"~": ["path", "out/a.csv"]}\` is a file of the project. In Node, from this folder, it is read by

\`\`\`js
${reading(source, result)}
\`\`\`

${source.beside ? "Tables (Arrow), long arrays (NumPy), models and files of a result lie in the folder beside it: `out/fit.files/0.arrow` is read by `pandas.read_feather`, `out/fit.files/1.npy` by `numpy.load`.\n" : ""}\`pipeline.json\` says which cells each stage comes from.
`;
}

// A model takes a while to load.
function reading({ beside, models }: ExportSource, result: string): string {
  const names = models ? "inputs, read" : "read";
  const code = models ? `await inputs(() => read("${result}"));` : `read("${result}");`;
  const parts = beside ? ['import "./src/stemma/beside.js";'] : [];
  return [...parts, `import { ${names} } from "./src/stemma/stage.js";`, code].join("\n");
}

function* commands({ work }: ExportSource, stages: readonly Stage[]): Generator<readonly [string, string]> {
  yield ["dvc init", "at the root of a git repository; --subdir in a folder of one; --no-scm outside of git"];
  yield ["dvc repro", "runs what changed; a second time nothing"];
  const numbers = stages.some(({ metrics }) => metrics.length > 0);
  if (numbers) yield ["dvc metrics show", "the numbers by name in the results"];
  if (stages.some(({ plots }) => plots.length > 0)) yield ["dvc plots show", "draws them in a page"];
  const fans = new Set(stages.map(({ foreach }) => foreach));
  const params = work.kind === "flow" ? Object.keys(work.plan.params) : [];
  const param = params.find((name) => /^[A-Za-z_]\w*$/.test(name) && !fans.has(name));
  if (param !== undefined) yield [`dvc exp run -S ${param}=…`, `another value, in git; \`dvc exp show\` compares`];
}

function rowOf({ name, cmd, foreach, file, outs }: Stage): string {
  const each = foreach === null ? "" : `, for each item of \`${foreach}\``;
  // A bar would be the end of the column.
  const code = (cmd ?? file).replaceAll("|", "\\|");
  return `| \`${name}\`${each} | \`${code}\` | ${outs.map((out) => `\`${out}\``).join(", ")} |`;
}

function aboutParams({ work }: ExportSource, stages: readonly Stage[]): string {
  if (work.kind === "whole") return "";
  const fans = [...new Set(stages.map(({ foreach }) => foreach).filter((name) => name !== null))];
  const any = Object.keys(work.plan.params).length > 0;
  const told = [
    ...(any ? ["`params.yaml` has the flow's params: change one, and `dvc repro` runs what hangs on it."] : []),
    ...(fans.length === 0 ? [] : [`In it ${maps(fans)}: each key is a stage of its own. Add a key, and it runs too.`]),
  ];
  return told.length === 0 ? "" : `\n${told.join("\n")}\n`;
}

function maps(names: readonly string[]): string {
  const all = names.map((name) => `\`${name}\``).join(", ");
  return names.length === 1 ? `${all} is a map` : `${all} are maps`;
}

function list(notes: readonly string[]): string {
  return notes.length === 0 ? "" : `\n${notes.map((note) => `- ${note}\n`).join("")}`;
}
