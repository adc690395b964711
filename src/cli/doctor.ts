import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { arch, platform, release } from "node:os";
import { join } from "node:path";
import { errorFacts } from "../error.ts";
import { findProject, hasDatabase, openDatabase, type Project } from "../store/index.ts";
import { openRuns } from "../track/index.ts";
import { print, printJson, type Register } from "./command.ts";
import { type Check, fine, problem } from "./doctor-check.ts";
import { dataChecks } from "./doctor-data.ts";
import { toolChecks } from "./doctor-tools.ts";
import { packageVersion } from "./package-version.ts";
import { printPairs } from "./text.ts";

interface Flags {
  readonly json?: true;
}

/** `stemma doctor` */
export const registerDoctor: Register = (program, exit) => {
  program
    .command("doctor")
    .description("Check this machine and this project; ends with 1 when something is wrong")
    .option("--json", "as JSON")
    .action(async ({ json }: Flags) => {
      const checks = await examine(process.cwd());
      if (json === true) printJson({ checks });
      else print(printPairs(checks.map(({ name, finding, ok }) => [name, ok ? finding : `PROBLEM: ${finding}`])));
      if (!checks.every(({ ok }) => ok)) exit(1);
    });
};

async function examine(folder: string): Promise<readonly Check[]> {
  const project = findProject(folder);
  return [
    fine("Stemma", packageVersion()),
    fine("Node", `${process.versions.node}, ${process.execPath}`),
    fine("Platform", `${platform()} ${release()} ${arch()}`),
    git(),
    fine("Project", `${project.root} (${markOf(project)})`),
    ...dataChecks(project),
    ...(await store(project)),
    ...(await toolChecks()),
  ];
}

function git(): Check {
  try {
    const text = execFileSync("git", ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return fine("git", text.trim().replace(/^git version /, ""));
  } catch {
    return fine("git", "none on the PATH: runs keep no commit");
  }
}

function markOf(project: Project): string {
  if (existsSync(project.dvcFolder)) return "has .dvc/";
  if (hasDatabase(project)) return "has stemma/stemma.db";
  return existsSync(join(project.root, ".git"))
    ? "root of the git repository"
    : "this folder; no git, no .dvc/ above it";
}

async function store(project: Project): Promise<readonly Check[]> {
  const path = join(project.stemmaFolder, "stemma.db");
  if (!hasDatabase(project)) return [fine("Store", "none yet; track() makes it")];
  try {
    const database = openDatabase(project);
    const schema = database.first<{ user_version: number }>("PRAGMA user_version")?.user_version;
    const faults = database.read<{ quick_check: string }>("PRAGMA quick_check").map((row) => row.quick_check);
    const experiments = await openRuns(project).experiments();
    const runs = experiments.reduce((sum, experiment) => sum + experiment.runCount, 0);
    const facts = `${path}, schema ${schema}, ${statSync(path).size} bytes, ${runs} runs in ${experiments.length} experiment${experiments.length === 1 ? "" : "s"}`;
    if (faults.join() === "ok") return [fine("Store", facts)];
    return [problem("Store", `${path} is damaged: ${faults[0]}. Copy stemma/ away, then restore it from a backup.`)];
  } catch (thrown) {
    return [problem("Store", errorFacts(thrown).message)];
  }
}
