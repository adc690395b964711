import { existsSync, readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname, join, relative, sep } from "node:path";
import { runnable } from "./erasable.ts";
import { type FromStemma, moduleTakes } from "./file-import.ts";
import { declaredTypes, importSources, withTargets, withTypeMarks } from "./module-edits.ts";
import type { ImportTarget } from "./module-text.ts";
import type { ExportProblem } from "./problem.ts";
import { parseModule } from "./syntax.ts";

/** A module of the notebook's own, as the exported project holds it. */
export interface LocalModule {
  /** In the project, with `/`: `src/modules/seir.ts`. */
  readonly path: string;
  readonly text: string;
  /** Paths in the project of the modules that it imports, by way of others too. */
  readonly imports: readonly string[];
  /** Packages that it imports. */
  readonly packages: readonly string[];
  /** Whether it, or a module that it imports, takes `file` from Stemma: in the project from the stages' own. */
  readonly givesFiles: boolean;
}

export interface LocalModules {
  readonly modules: readonly LocalModule[];
  readonly problems: readonly ExportProblem[];
  /** How a module in `folder` of the project says what a cell imports from `from`. */
  target(from: string, folder: string): ImportTarget;
  /** The module that a cell imports from `from`; null for packages and Node's own modules. */
  module(from: string): LocalModule | null;
}

/** Where modules of a project have `file` from. */
export const stageFiles = "src/stemma/file.js";

interface Found {
  readonly file: string;
  readonly text: string;
  readonly ending: string;
  readonly specifiers: ReadonlyMap<string, string>;
  readonly packages: readonly string[];
  readonly takes: FromStemma;
}

const endings = [".ts", ".mts", ".js", ".mjs", ".cjs", ".json"];

/**
 * The modules beside a notebook that its cells import, with those that these import.
 *
 * @param folder the notebook's, absolute
 * @param specifiers as the cells write them: `./seir`, `../lib/model.js`, `arquero`
 */
export function readLocalModules(folder: string, specifiers: readonly string[]): LocalModules {
  const found = new Map<string, Found>();
  const problems: ExportProblem[] = [];
  const roots = new Map<string, string>();
  const visit = (from: string, importer: string, by: string): string | null => {
    const file = locate(importer, from);
    if (file === null) problems.push(missing(from, by));
    if (file === null || found.has(file)) return file;
    const read = readModule(file);
    problems.push(...read.problems.map((problem) => `${relative(folder, file)}:${problem}`).map(problemOf));
    // Known before its own imports are followed: modules may import each other.
    const known = { file, ...read, specifiers: new Map<string, string>() };
    found.set(file, known);
    for (const inner of read.imports.filter(isRelative)) {
      const target = visit(inner, dirname(file), relative(folder, file));
      if (target !== null) known.specifiers.set(inner, target);
    }
    return file;
  };
  for (const from of specifiers.filter(isRelative)) {
    const file = visit(from, folder, "a cell");
    if (file !== null) roots.set(from, file);
  }
  return placed({ folder, found, roots, problems });
}

function isRelative(from: string): boolean {
  return from.startsWith("./") || from.startsWith("../") || from === "." || from === "..";
}

function problemOf(message: string): ExportProblem {
  return { cell: null, line: null, message };
}

function missing(from: string, by: string): ExportProblem {
  return problemOf(`${by} imports ${JSON.stringify(from)}, which is not there. Is the path right?`);
}

/** As tslab and TypeScript find them: with or without the ending, `.js` meaning `.ts` where that is the file. */
export function locate(folder: string, from: string): string | null {
  const path = join(folder, from);
  const bare = path.replace(/\.(m?)js$/, ".$1ts");
  const candidates = [
    path,
    bare,
    ...endings.map((end) => path + end),
    ...endings.map((end) => join(path, `index${end}`)),
  ];
  return candidates.find((file) => existsSync(file) && statSync(file).isFile()) ?? null;
}

interface ReadModule {
  readonly text: string;
  readonly ending: string;
  readonly imports: readonly string[];
  readonly packages: readonly string[];
  readonly takes: FromStemma;
  readonly problems: readonly string[];
}

function readModule(file: string): ReadModule {
  const text = readFileSync(file, "utf8");
  const ending = extname(file);
  if (ending === ".json") return { text, ending, imports: [], packages: [], takes: "nothing", problems: [] };
  const sources = importSources(text);
  const problems = parseModule(text).problems.map(({ line, message }) => `${line}: ${message}`);
  const takes = sources.includes("stemma") ? moduleTakes(text) : "nothing";
  const named = sources.filter((from) => from !== "stemma" || takes === "more");
  const packages = named.map(packageName).filter((name) => name !== null);
  // A package of modules (`"type": "module"`) reads a CommonJS file only as .cjs.
  const common =
    ending === ".js" && !/^\s*(import|export)\b/m.test(text) && /\b(module\.exports|exports\.\w+|require\()/.test(text);
  return {
    text,
    ending: common ? ".cjs" : ending,
    imports: sources,
    packages: [...new Set(packages)],
    takes,
    problems,
  };
}

/** The package that a specifier names: `arquero`, `@scope/name`; null for relative paths and Node's own modules. */
export function packageName(from: string): string | null {
  if (isRelative(from) || isBuiltin(from) || from.startsWith("/") || from.includes(":")) return null;
  return from
    .split("/")
    .slice(0, from.startsWith("@") ? 2 : 1)
    .join("/");
}

interface Placing {
  readonly folder: string;
  readonly found: ReadonlyMap<string, Found>;
  readonly roots: ReadonlyMap<string, string>;
  readonly problems: readonly ExportProblem[];
}

function placed({ folder, found, roots, problems }: Placing): LocalModules {
  const base = commonFolder([folder, ...[...found.keys()].map((file) => dirname(file))]);
  const ready = new Map([...found.values()].map((one) => [one.file, prepared(one, found)] as const));
  const pathOf = (file: string): string => {
    const ending = ready.get(file)?.ending ?? extname(file);
    const path = relative(base, file).split(sep).join("/");
    return `src/modules/${path.slice(0, path.length - extname(path).length)}${ending}`;
  };
  const modules = new Map(
    [...found.values()].map((one) => {
      const path = pathOf(one.file);
      const target = (from: string): ImportTarget | null => {
        if (from === "stemma") return one.takes === "files" ? importTarget(stageFiles, dirname(path)) : null;
        const file = one.specifiers.get(from);
        return file === undefined ? null : importTarget(pathOf(file), dirname(path));
      };
      const below = reached(one.file, found);
      const all = [one, ...below.flatMap((file) => found.get(file) ?? [])];
      const packages = [...new Set(all.flatMap((each) => each.packages))];
      const givesFiles = all.some(({ takes }) => takes === "files");
      const prepared = ready.get(one.file)?.text ?? one.text;
      const text = one.ending === ".json" ? prepared : withTargets(prepared, target);
      return [one.file, { path, text, imports: below.map(pathOf), packages, givesFiles }] as const;
    }),
  );
  const moduleOf = (from: string): LocalModule | null => modules.get(roots.get(from) ?? "") ?? null;
  return {
    modules: [...modules.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    problems,
    module: moduleOf,
    target: (from, within) => {
      const module = moduleOf(from);
      return module === null ? { from, attributes: "" } : importTarget(module.path, within);
    },
  };
}

function prepared({ text, ending, specifiers }: Found, found: Placing["found"]): { text: string; ending: string } {
  if (!ending.endsWith("ts")) return { text, ending };
  const typesOf = (from: string): ReadonlySet<string> =>
    declaredTypes(found.get(specifiers.get(from) ?? "")?.text ?? "");
  return runnable(withTypeMarks(text, typesOf), ending);
}

function importTarget(path: string, folder: string): ImportTarget {
  const from = relative(folder, path).split(sep).join("/");
  return {
    from: from.startsWith(".") ? from : `./${from}`,
    attributes: path.endsWith(".json") ? ' with { type: "json" }' : "",
  };
}

function commonFolder(folders: readonly string[]): string {
  const parts = folders.map((folder) => folder.split(sep));
  const [first = []] = parts;
  const length = first.findIndex((part, depth) => parts.some((other) => other[depth] !== part));
  return (length === -1 ? first : first.slice(0, length)).join(sep) || sep;
}

function reached(file: string, found: ReadonlyMap<string, Found>): readonly string[] {
  const seen = new Set<string>();
  const visit = (from: string): void => {
    for (const next of found.get(from)?.specifiers.values() ?? []) {
      if (next === file || seen.has(next)) continue;
      seen.add(next);
      visit(next);
    }
  };
  visit(file);
  return [...seen].sort();
}
