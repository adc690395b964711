import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { StemmaError } from "../error.ts";
import { headOf } from "../git/index.ts";
import { findProject, type Project } from "../store/index.ts";
import { addData, checkoutData, type DataStatus, dataStatus, UnsavedChangesError } from "../version/index.ts";
import { print, printJson, type Register } from "./command.ts";
import { printable } from "./text.ts";

/** `stemma add`, `checkout` and `status`: DVC's verbs, options, texts and exit codes. */
export const registerData: Register = (program, exit) => {
  program
    .command("add")
    .description("Track data files or folders, as dvc add does")
    .argument("<targets...>", "files and folders")
    .option("-q, --quiet", "print nothing")
    .action(add);
  program
    .command("checkout")
    .description("Restore data from the cache, as dvc checkout does")
    .argument("[targets...]", "data, or their .dvc files; everything without any")
    .option("-f, --force", "overwrite content that is in no version")
    .option("-q, --quiet", "print nothing")
    .action(checkout);
  program
    .command("status")
    .description("Show data that differs from its .dvc files, as dvc status does")
    .argument("[targets...]", "data, or their .dvc files; everything without any")
    .option("-q, --quiet", "print nothing; end with 1 when something changed")
    .option("--json", "as dvc status --json")
    .action(async (targets: readonly string[], options: { readonly quiet?: true; readonly json?: true }) => {
      const changed = await status(targets, options);
      if (changed && options.quiet) exit(1);
    });
};

interface Quiet {
  readonly quiet?: true;
}

async function add(targets: readonly string[], { quiet }: Quiet): Promise<void> {
  const folder = process.cwd();
  const project = findProject(folder);
  const written = new Set<string>();
  for (const target of targets) {
    const added = await addData(project, target, { folder });
    for (const path of added.written) written.add(shown(project, path));
  }
  if (quiet || written.size === 0 || headOf(folder) === null) return;
  print(`\nTo track the changes with git, run:\n\n\tgit add ${[...written].map(quoted).join(" ")}\n`);
}

async function checkout(targets: readonly string[], options: Quiet & { readonly force?: true }): Promise<void> {
  const folder = process.cwd();
  const project = dvcProject(folder);
  const missing = new Set(
    (await dataStatus(project)).filter(({ path }) => !existsSync(join(project.root, path))).map(({ path }) => path),
  );
  for (const target of targets.length === 0 ? [null] : targets) {
    const force = options.force === true;
    const done = await checkoutData(project, target, { folder, force }).catch((thrown) => {
      throw thrown instanceof UnsavedChangesError ? unsaved(project, thrown) : thrown;
    });
    for (const { path, md5, written, removed } of done) {
      if (options.quiet || (written === 0 && removed === 0 && !missing.has(path))) continue;
      const name = shown(project, path) + (md5.endsWith(".dir") ? sep : "");
      print(`${missing.has(path) ? "A" : "M"}\t${printable(name)}\n`);
    }
  }
}

async function status(targets: readonly string[], options: Quiet & { readonly json?: true }): Promise<boolean> {
  const project = dvcProject(process.cwd());
  const all = await dataStatus(project);
  for (const target of targets) {
    if (!all.some((one) => isAt(project, one, target))) {
      throw new StemmaError("MISSING_DATA", `No .dvc file records ${target}. Add it first: stemma add ${target}`);
    }
  }
  const changed = all
    .filter((one) => targets.length === 0 || targets.some((target) => isAt(project, one, target)))
    .filter(({ state }) => state !== "unchanged")
    .map(({ path, state }) => ({ path: shown(project, path), state }));
  if (options.quiet) return changed.length > 0;
  if (options.json) {
    const entries = changed.map(({ path, state }) => [`${path}.dvc`, [{ "changed outs": { [path]: state } }]]);
    printJson(Object.fromEntries(entries));
  } else if (changed.length === 0) print("Data is up to date.\n");
  else print(changed.map(({ path, state }) => printChange(printable(path), state)).join(""));
  return changed.length > 0;
}

// dvc/commands/status.py, CmdDataStatus._show
function printChange(path: string, state: string): string {
  return `${path}.dvc:\n\tchanged outs:\n\t\t${`${state}:`.padEnd(20)}${path}\n`;
}

function isAt(project: Project, { path }: DataStatus, target: string): boolean {
  const name = shown(project, path);
  const wanted = relative("", target);
  return name === wanted || `${name}.dvc` === wanted || name.startsWith(wanted + sep) || wanted === "";
}

/** A path from the project's root as the user would write it here. */
function shown(project: Project, path: string): string {
  return relative(process.cwd(), join(project.root, path));
}

function quoted(path: string): string {
  return /^[\w./+@%=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function dvcProject(folder: string): Project {
  const project = findProject(folder);
  if (existsSync(project.dvcFolder)) return project;
  throw new StemmaError("NO_DVC", `${folder} is not inside of a DVC repository. Add data first: stemma add PATH`);
}

function unsaved(project: Project, error: UnsavedChangesError): StemmaError {
  const paths = error.paths.map((path) => shown(project, path));
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : "";
  return new StemmaError(
    error.code,
    `${paths[0]}${more} would be overwritten, and its content is in no version. Keep it with stemma add, or drop it with --force.`,
    { cause: error },
  );
}
