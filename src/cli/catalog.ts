import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { findProject, type Project, writeDurable } from "../store/index.ts";
import {
  type Catalog,
  checkSets,
  columnsOf,
  type DataSet,
  dataSetOf,
  listOf,
  printTypes,
  readCatalog,
  type TypedSet,
} from "../version/index.ts";
import { count, print, printJson, type Register } from "./command.ts";
import { printPairs, printTable } from "./text.ts";

interface JsonOption {
  readonly json?: true;
}

/** `stemma catalog …`: the data sets that `catalog.yaml`, or package.json, names. */
export const registerCatalog: Register = (program, exit) => {
  const catalog = program
    .command("catalog")
    .description("Data sets by name: catalog.yaml, or stemma.catalog in package.json");
  withJson(catalog.command("list").description("All data sets")).action(list);
  withJson(catalog.command("show").description("One data set").argument("<name>")).action(show);
  withJson(
    catalog.command("check").description("Load data sets and compare them with their schemas").argument("[names...]"),
  ).action(async (names: readonly string[], options: JsonOption) => {
    if (!(await check(names, options))) exit(1);
  });
  catalog
    .command("types")
    .description("Write catalog.d.ts, with which version.load() knows each data set's columns")
    .option("--check", "write nothing; fail when it would change")
    .action(async (options: { readonly check?: true }) => {
      if (!(await types(options))) exit(1);
    });
};

function withJson(command: Command): Command {
  return command.option("--json", "as JSON");
}

function here(): { readonly project: Project; readonly catalog: Catalog } {
  const project = findProject(process.cwd());
  return { project, catalog: readCatalog(project) };
}

function list({ json }: JsonOption): void {
  const { project, catalog } = here();
  const { sets, files } = listOf(project, catalog);
  if (json) {
    printJson(sets);
    return;
  }
  if (sets.length === 0) {
    print("No data sets. Name one in catalog.yaml:\ncases:\n  path: data/cases.csv\n");
    return;
  }
  const rows = sets.map((set) => [
    set.name,
    set.path,
    set.partitioned ? `${set.format}, partitioned` : set.format,
    set.problems[0] ?? (set.here === false ? "not here" : (set.description ?? "")),
  ]);
  print(printTable([{ title: "name" }, { title: "where" }, { title: "format" }, { title: "about" }], rows));
  print(`${count(sets.length, "data set")} in ${files.join(", ")}\n`);
}

function show(name: string, { json }: JsonOption): void {
  const set = dataSetOf(here().catalog, name);
  if (json) printJson(set);
  else print(printPairs(pairsOf(set)));
}

function pairsOf(set: DataSet): readonly (readonly [string, string])[] {
  const all: readonly (readonly [string, string | null])[] = [
    ["name", set.name],
    ["path", set.path],
    ["format", set.format],
    ["partitions", set.partitions === null ? null : `*${set.partitions.suffix}`],
    ["options", Object.keys(set.options).length === 0 ? null : JSON.stringify(set.options)],
    ["as", set.as],
    [
      "columns",
      set.schema?.map(({ name, type, optional }) => `${name} ${type}${optional ? "?" : ""}`).join(", ") ?? null,
    ],
    ["versions", set.versions],
    ["repo", set.repo],
    ["rev", set.rev],
    ["remote", set.remote],
    ["credentials", set.credentials],
    ["about", set.description],
    ["from", set.file],
    ...set.problems.map((problem) => ["problem", problem] as const),
  ];
  return all.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}

/** Whether all are well. */
async function check(names: readonly string[], { json }: JsonOption): Promise<boolean> {
  const { project, catalog } = here();
  const unknown = names.find((name) => !catalog.patterns.some((one) => one.name === name) && !catalog.sets.has(name));
  const made =
    unknown === undefined ? catalog : { ...catalog, sets: new Map([...catalog.sets, ...named(catalog, names)]) };
  const checked = await checkSets(project, made, names);
  if (json) printJson(checked);
  else {
    for (const { name, path, faults } of checked)
      print(
        `${faults.length === 0 ? "ok  " : "BAD "} ${name}  ${path}\n${faults.map((fault) => `      ${fault}\n`).join("")}`,
      );
  }
  return checked.every(({ faults }) => faults.length === 0);
}

/** Names that only a pattern knows. @throws {CatalogError} nothing knows one */
function named(catalog: Catalog, names: readonly string[]): readonly (readonly [string, DataSet])[] {
  return names
    .filter((name) => !catalog.patterns.some((one) => one.name === name))
    .map((name) => [name, dataSetOf(catalog, name)] as const);
}

/** Whether the file is as it should be. */
async function types({ check: only }: { readonly check?: true }): Promise<boolean> {
  const { project, catalog } = here();
  const sets: TypedSet[] = [];
  for (const set of [...catalog.sets.values(), ...catalog.patterns]) {
    const known = !catalog.patterns.includes(set) || set.schema !== null;
    sets.push({ set, columns: known ? await columnsOf(project, set) : null });
  }
  const text = printTypes(sets);
  const file = join(project.root, "catalog.d.ts");
  const same = readText(file) === text;
  if (only) {
    print(same ? "catalog.d.ts is up to date.\n" : "catalog.d.ts is not up to date; run stemma catalog types.\n");
    return same;
  }
  if (!same) writeDurable(file, text);
  print(`${same ? "catalog.d.ts is up to date" : "Wrote catalog.d.ts"}: ${count(sets.length, "data set")}.\n`);
  return true;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
