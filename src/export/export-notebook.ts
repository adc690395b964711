import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseNotebook } from "../format/index.ts";
import { flowData, namedData } from "./data-files.ts";
import { givesFiles, runsAlone } from "./file-import.ts";
import { type FlowCall, flowCalls } from "./flow-calls.ts";
import { callSlice, drawsByResults, flowWork, importedPackages } from "./flow-work.ts";
import { readLocalModules } from "./local-modules.ts";
import { overridesFor, packageVersion } from "./packages.ts";
import { ExportError, type ExportProblem } from "./problem.ts";
import { type Placed, type Program, programOf } from "./program.ts";
import { runtimeFiles } from "./runtime-files.ts";
import { mergedSlices, type Slice, wholeSlice } from "./slice.ts";
import type { ExportedProject, ExportSource } from "./source.ts";
import { dvcProject } from "./targets/index.ts";

export interface ExportOptions {
  /** Name of the flow to export, where the notebook has several. */
  readonly flow?: string;
}

/**
 * A notebook as a DVC project that runs without Stemma and without the notebook: each step of its flow is a stage.
 *
 * Reads the notebook, the modules beside it, the versions of its packages and the files that the flow names. The flow's
 * wiring is evaluated in a process of its own, with only those statements of the cells that it needs; no step runs.
 * Nothing is written.
 *
 * @throws {FormatError} it is no notebook of TypeScript
 * @throws {ExportError} all that stands in the way, by cell and line
 */
export async function exportNotebook(path: string, options: ExportOptions = {}): Promise<ExportedProject> {
  const absolute = resolve(path);
  const notebook = parseNotebook(notebookText(absolute, path), path);
  const program = programOf(notebook);
  if (program.problems.length > 0) throw new ExportError(path, program.problems);
  if (program.cells.length === 0)
    throw new ExportError(path, [problem("it has no code cells. There is nothing to run.")]);
  const found = { path, folder: dirname(absolute), program };
  const call = chosen(found, options.flow);
  const { work, modules, packages, beside, models } = call === null ? wholeNotebook(found) : await oneFlow(found, call);
  const files = work.kind === "flow" ? await flowData(found.folder, work.plan) : await namedFiles(found);
  if (files.problems.length > 0) throw new ExportError(path, files.problems);
  const overrides = overridesFor(found.folder, [...packages.keys()]);
  const source = {
    notebook,
    program,
    modules,
    work,
    packages,
    overrides,
    data: files.data,
    beside,
    models,
    version: ownVersion(),
  };
  const commands = work.kind === "flow" && work.plan.steps.some(({ command }) => command !== null);
  const project = dvcProject(source, runtimeFiles({ beside, models, commands }));
  return { ...project, notes: [...project.notes, ...files.notes, ...stemmaNote(packages)] };
}

function notebookText(absolute: string, path: string): string {
  const found = statSync(absolute, { throwIfNoEntry: false });
  if (found?.isFile()) return readFileSync(absolute, "utf8");
  const what = found === undefined ? "there is no such file" : "this is a folder";
  throw new ExportError(path, [problem(`${what}. Give the path of an .ipynb file.`)]);
}

interface Found {
  readonly path: string;
  readonly folder: string;
  readonly program: Program;
}

type Prepared = Pick<ExportSource, "work" | "modules" | "packages" | "beside" | "models">;

function chosen({ path, program }: Found, name: string | undefined): FlowCall | null {
  const calls = flowCalls(program);
  const names = calls.map((call) => call.name ?? "(without a name in the cell)").join(", ");
  if (name !== undefined) {
    // A cell that defines a flow again, further down, is what the notebook ends with.
    const call = calls.findLast((one) => one.name === name);
    if (call !== undefined) return call;
    throw new ExportError(path, [problem(`it has no flow "${name}" (flows: ${names || "none"}).`)]);
  }
  // What another flow uses is a part of that.
  const whole = calls.filter(({ placed }) => !calls.some((other) => isUsed(program, placed, other)));
  if (new Set(whole.map((call) => call.name)).size > 1) {
    throw new ExportError(path, [problem(`it has ${calls.length} flows (${names}). Say which one: --flow NAME.`)]);
  }
  return whole.at(-1) ?? null;
}

function isUsed(program: Program, placed: Placed, by: FlowCall): boolean {
  return placed !== by.placed && callSlice(program, by).statements.includes(placed);
}

async function oneFlow(found: Found, call: FlowCall): Promise<Prepared> {
  const { path, folder, program } = found;
  const slice = callSlice(program, call);
  const { modules, packages } = surroundings(found, slice);
  const work = await flowWork({ notebook: path, folder, program, call, slice, modules });
  // What only the params were computed with is no part of a stage.
  const steps = mergedSlices([...work.steps.values()].map((step) => step.slice));
  const named = importedPackages({ imports: steps.imports.filter((one) => !runsAlone(one)) }, modules);
  const models = named.some((name) => modelPackages.test(name));
  const tables = named.some((name) => tablePackages.has(name));
  const files = steps.imports.some(givesFiles) || modules.modules.some((module) => module.givesFiles);
  const beside = models || tables || files || work.given.size > 0 || drawsByResults(work);
  const used = new Set(["yaml", ...named]);
  const own = new Map([...packages].filter(([name]) => used.has(name)));
  const declared = versions(folder, [...new Set(work.plan.steps.flatMap((step) => step.packages))].sort());
  if (declared.problems.length > 0) throw new ExportError(path, declared.problems);
  for (const [name, version] of declared.packages) own.set(name, version);
  // Arrow files are written by it.
  if (beside && !own.has(arrowPackage)) own.set(arrowPackage, ownVersionOf(arrowPackage));
  return { work, modules, packages: own, beside, models };
}

function wholeNotebook(found: Found): Prepared {
  const slice = wholeSlice(found.program);
  const near = surroundings(found, slice);
  const beside = slice.imports.some(givesFiles) || near.modules.modules.some((module) => module.givesFiles);
  return { work: { kind: "whole", slice }, ...near, beside, models: false };
}

const arrowPackage = "@uwdata/flechette";

/** Packages whose tables a step may give. */
const tablePackages: ReadonlySet<string> = new Set(["arquero", "danfojs-node", "apache-arrow", arrowPackage]);

/** Packages whose models a step may give; Stemma itself loads them too. */
const modelPackages = /^(ml-|@tensorflow\/tfjs|stemma$)/;

function surroundings({ path, folder }: Found, slice: Slice): Pick<Prepared, "modules" | "packages"> {
  const modules = readLocalModules(folder, specifiersOf(slice));
  const { packages, problems } = versions(folder, importedPackages(slice, modules));
  const all = [...slice.problems, ...modules.problems, ...problems];
  if (all.length > 0) throw new ExportError(path, all);
  return { modules, packages };
}

function specifiersOf({ imports }: Slice): readonly string[] {
  return [...new Set(imports.map(({ placed }) => placed.statement.import?.from ?? ""))];
}

async function namedFiles({ folder, program }: Found): ReturnType<typeof flowData> {
  return { data: await namedData(folder, program.statements), problems: [], notes: [] };
}

interface Versions {
  readonly packages: ReadonlyMap<string, string>;
  readonly problems: readonly ExportProblem[];
}

/** Stages read params.yaml, so `yaml` is always one of them. */
function versions(folder: string, names: readonly string[]): Versions {
  // A kernel may bring Stemma along.
  const versionOf = (name: string): string | null =>
    packageVersion(folder, name) ?? (name === "stemma" ? ownVersion() : null);
  const found = names.map((name) => [name, versionOf(name)] as const);
  const missing = found.filter(([, version]) => version === null);
  return {
    packages: new Map([
      ["yaml", ownVersionOf("yaml")],
      ...found.map(([name, version]) => [name, version ?? ""] as const),
    ]),
    problems: missing.map(([name]) =>
      problem(`the package ${name} is not installed in the notebook's folder: npm install ${name}.`),
    ),
  };
}

/** The version of a package that Stemma itself uses. */
function ownVersionOf(name: string): string {
  return packageVersion(dirname(ownPackageFile()), name) ?? "*";
}

function stemmaNote(packages: ReadonlyMap<string, string>): readonly string[] {
  if (!packages.has("stemma")) return [];
  return ["The code calls Stemma itself, so package.json keeps `stemma` as a dependency."];
}

function problem(message: string): ExportProblem {
  return { cell: null, line: null, message };
}

function ownPackageFile(): string {
  return fileURLToPath(new URL("../../package.json", import.meta.url));
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(ownPackageFile(), "utf8")) as { version: string };
  return version;
}
