import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { type ExportedProject, exportNotebook } from "../export/index.ts";
import { headOf, isIgnored } from "../git/index.ts";
import { findProject } from "../store/index.ts";
import { print, type Register } from "./command.ts";
import { writeProject } from "./export-folder.ts";

interface Options {
  readonly to: string;
  readonly out: string;
  readonly flow?: string;
  readonly force?: boolean;
}

/** `stemma export` and `stemma notebook export` */
export const registerExport: Register = (program) => {
  program.addCommand(exportCommand().copyInheritedSettings(program));
  const group = program.commands.find((command) => command.name() === "notebook") ?? program.command("notebook");
  group.description("Work with notebooks").addCommand(exportCommand().copyInheritedSettings(program));
};

/** `export NOTEBOOK --to dvc --out FOLDER` */
export function exportCommand(): Command {
  return new Command("export")
    .description("Write a notebook's flow as a pipeline that runs without Stemma")
    .argument("<notebook>", "an .ipynb file")
    .requiredOption("--to <target>", "what runs the pipeline: dvc")
    .requiredOption("--out <folder>", "folder of the new project")
    .option("--flow <name>", "the flow to export, where the notebook has several")
    .option("--force", "overwrite files that were edited, or write into a folder that holds others")
    .action(run);
}

async function run(notebook: string, { to, out, flow, force = false }: Options): Promise<void> {
  if (to !== "dvc") throw new Error(`--to ${to} is no target that can be written (targets: dvc).`);
  const project = await exportNotebook(notebook, flow === undefined ? {} : { flow });
  await writeProject(resolve(out), project, { force });
  print(`Wrote ${out}: ${stagesText(project)}.\n`);
  for (const note of [...project.notes, ...oldNodeNote()]) print(`Note: ${note}\n`);
  print(`Next: cd ${shellText(out)} && ${["npm install", ...initCommand(resolve(out)), "dvc repro"].join(" && ")}\n`);
}

function shellText(path: string): string {
  return /^[\p{L}\p{N}_@%+=:,./~-]+$/u.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function stagesText({ stages }: ExportedProject): string {
  const names = stages.map(({ name, items }) => (items === 1 ? name : `${name} (${items} items)`));
  return `${stages.length} ${stages.length === 1 ? "stage" : "stages"}: ${names.join(", ")}`;
}

// DVC starts the stages with the `node` of the PATH, which need not be the one that runs this.
function oldNodeNote(): readonly string[] {
  const { stdout } = spawnSync("node", ["--version"], { encoding: "utf8", timeout: 5_000 });
  const [, major = 0, minor = 0] = (/^v(\d+)\.(\d+)/.exec(stdout ?? "") ?? []).map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return [];
  const found = stdout ? `is ${stdout.trim()}` : "is not there";
  return [`The stages run with Node 22.18 or newer; \`node\` on the PATH ${found}.`];
}

/** How the folder becomes a DVC repository; nothing where it is in one. */
function initCommand(folder: string): readonly string[] {
  if (existsSync(findProject(folder).dvcFolder)) return [];
  // DVC refuses a folder that git ignores.
  if (headOf(folder) === null || isIgnored(`${folder}/`)) return ["dvc init --no-scm"];
  return [existsSync(join(folder, ".git")) ? "dvc init" : "dvc init --subdir"];
}
