import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Binding, Plan } from "../flow/index.ts";
import { parseDvcFile } from "../format/index.ts";
import { findProject, md5File, openObjects } from "../store/index.ts";
import type { ExportProblem } from "./problem.ts";
import type { Placed } from "./program.ts";
import { projectPath } from "./project-path.ts";
import type { DataFile } from "./source.ts";
import { walk } from "./syntax.ts";

export interface FoundData {
  readonly data: readonly DataFile[];
  readonly problems: readonly ExportProblem[];
  readonly notes: readonly string[];
}

/** The files that a flow names by `f.file()`, where they are, and whether DVC tracks them. */
export async function flowData(folder: string, plan: Plan): Promise<FoundData> {
  const paths = new Set([
    ...[...bindingsIn(plan), plan.output].flatMap(filesIn),
    ...plan.steps.flatMap(({ files }) => files),
  ]);
  const found = await Promise.all([...paths].sort().map((path) => dataFile(folder, path)));
  const clash = found.find((one, index) => found.findIndex(({ to }) => to === one.to) !== index);
  return {
    data: found.filter(({ from, dvcFile }) => from !== null || dvcFile !== null),
    problems: [
      ...found.filter(({ from, dvcFile }) => from === null && dvcFile === null).map(({ path }) => absent(path)),
      ...(clash === undefined
        ? []
        : [problem(`Two files would be ${clash.to} in the project. Give one another name.`)]),
    ],
    notes: found
      .filter(({ from, dvcFile }) => from === null && dvcFile !== null)
      .map(
        ({ to }) =>
          `\`${to}\` is tracked by DVC, but its content was not here: put it there, or \`dvc pull\` it from a remote.`,
      ),
  };
}

/** The files of the notebook's folder whose paths stand in the code as text. */
export async function namedData(folder: string, statements: readonly Placed[]): Promise<readonly DataFile[]> {
  const texts = statements.flatMap(({ statement }) =>
    statement.import === null ? [...walk(statement.node)].map((node) => node["value"]) : [],
  );
  const paths = texts.filter(
    (text) => typeof text === "string" && /^[^/\\:*?"<>|\n]+(\/[^/\\:*?"<>|\n]+)*$/.test(text),
  );
  const inside = [...new Set(paths as string[])].filter((path) => !path.split("/").includes(".."));
  const there = inside.filter((path) => /\.\w+$/.test(path) && existsSync(join(folder, path)));
  return Promise.all(there.sort().map((path) => dataFile(folder, path)));
}

function bindingsIn({ steps, maps, loops, whens }: Plan): readonly Binding[] {
  return [
    ...steps.flatMap(({ inputs }) => Object.values(inputs)),
    ...maps.map(({ over }) => over),
    ...loops.flatMap(({ initial, next }) => [initial, next]),
    ...whens.flatMap(({ on, branches, otherwise }) => [
      on,
      ...Object.values(branches),
      ...(otherwise === null ? [] : [otherwise]),
    ]),
  ];
}

function filesIn(binding: Binding): readonly string[] {
  switch (binding.from) {
    case "file":
      return [binding.path];
    case "map":
      return filesIn(binding.each);
    case "list":
      return binding.items.flatMap(filesIn);
    case "record":
      return Object.values(binding.fields).flatMap(filesIn);
    case "range":
      return [binding.start, binding.end, binding.step].flatMap(filesIn);
    default:
      return [];
  }
}

async function dataFile(folder: string, path: string): Promise<DataFile> {
  const here = join(folder, path);
  const dvcFile = existsSync(`${here}.dvc`) ? `${here}.dvc` : null;
  const from = existsSync(here) ? here : dvcFile === null ? null : cached(folder, dvcFile);
  const md5 = from !== null && statSync(from).isFile() ? await md5File(from) : null;
  return { path, to: projectPath(path), from, md5, dvcFile };
}

// A single file can be taken from DVC's cache as it is.
function cached(folder: string, dvcFile: string): string | null {
  const [out] = parseDvcFile(readFileSync(dvcFile, "utf8"), dvcFile).outs;
  if (out?.md5 === undefined || out.md5 === null || out.md5.endsWith(".dir")) return null;
  const path = openObjects(join(findProject(folder).dvcFolder, "cache")).pathOf(out.md5);
  return existsSync(path) ? path : null;
}

function absent(path: string): ExportProblem {
  return problem(`${path}, which the flow reads, is not there. Run the cell that writes it, or version.checkout().`);
}

function problem(message: string): ExportProblem {
  return { cell: null, line: null, message };
}
