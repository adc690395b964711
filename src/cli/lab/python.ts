import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabError, outcome } from "./command.ts";
import { type Environment, environments, onPath, programOf, venvPlace, versionOf } from "./environment.ts";

/** What the environment has to have, by the names of Python's packages; the extension is built for JupyterLab 4.6. */
const wanted: readonly { readonly distribution: string; readonly requirement: string }[] = [
  { distribution: "jupyterlab", requirement: "jupyterlab>=4.6,<5" },
  { distribution: "jupyter_server_proxy", requirement: "jupyter-server-proxy>=4.4,<5" },
  // Draws widgets in the front end.
  { distribution: "anywidget", requirement: "anywidget>=0.9" },
];

const oldestLab = { major: 4, minor: 6 };

/**
 * The folder of a Python environment with JupyterLab: one that is there, completed where packages are missing, else a
 * new `.venv` in the folder. A look at the files where nothing is missing.
 *
 * @param tell is given a line before each thing that takes a while
 * @throws {LabError} Python is missing, or the packages do not install
 */
export async function prepareEnvironment(folder: string, tell: (line: string) => void): Promise<string> {
  const found = environments(folder).find(isMeant);
  const prefix = found?.prefix ?? (await makeVenv(folder, tell));
  const missing = wanted.filter(({ distribution }) => versionOf(prefix, distribution) === null);
  if (missing.length > 0) {
    await install(
      prefix,
      missing.map(({ requirement }) => requirement),
      tell,
    );
  }
  checkLab(prefix);
  return prefix;
}

/** One that a person chose is completed; others are taken as they are, or not at all. */
function isMeant({ prefix, found }: Environment): boolean {
  const hasLab = versionOf(prefix, "jupyterlab") !== null;
  if (found === "PATH") return wanted.every(({ distribution }) => versionOf(prefix, distribution) !== null);
  if (found === "conda") return hasLab || (process.env["CONDA_DEFAULT_ENV"] ?? "base") !== "base";
  return existsSync(programOf(prefix, "python"));
}

function checkLab(prefix: string): void {
  const version = versionOf(prefix, "jupyterlab") ?? "";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major === oldestLab.major && minor >= oldestLab.minor) return;
  throw new LabError(
    `JupyterLab ${version} in ${prefix} is not one that the panel runs in: it needs ${oldestLab.major}.${oldestLab.minor} or a later ${oldestLab.major}.x. Run: ${programOf(prefix, "python")} -m pip install "jupyterlab>=4.6,<5"`,
  );
}

async function makeVenv(folder: string, tell: (line: string) => void): Promise<string> {
  const prefix = venvPlace(folder);
  const uv = onPath("uv");
  const program = uv ?? (await findPython());
  tell(`Making a Python environment in ${prefix}`);
  const args = uv === null ? ["-m", "venv", prefix] : ["venv", "--quiet", "--python", ">=3.10", prefix];
  const { code, output } = await outcome(program, args);
  if (code !== 0) throw new LabError(`${prefix} could not be made.`, output);
  // Not for git; and JupyterLab's small CommonJS scripts must not take a package.json of ours ("module") for theirs.
  writeFileSync(join(prefix, ".gitignore"), "*\n");
  writeFileSync(join(prefix, "package.json"), '{ "type": "commonjs" }\n');
  return prefix;
}

async function install(prefix: string, requirements: readonly string[], tell: (line: string) => void): Promise<void> {
  tell(`Installing into ${prefix}: ${requirements.map((text) => text.split(">")[0]).join(", ")}`);
  const python = programOf(prefix, "python");
  const uv = onPath("uv");
  if (uv === null && (await outcome(python, ["-m", "pip", "--version"])).code !== 0)
    await outcome(python, ["-m", "ensurepip"]);
  const [program, args] =
    uv === null
      ? [python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]]
      : [uv, ["pip", "install", "--quiet", "--python", python]];
  const { code, output } = await outcome(program, [...args, ...requirements]);
  if (code === 0) return;
  throw new LabError(
    `JupyterLab did not install into ${prefix}. Is the network up, and does ${uv === null ? "pip" : "uv"} reach its package index? Then run this again.`,
    output,
  );
}

// ensurepip is what a Debian without python3-venv lacks.
const probe = "import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 3)";

/** A Python 3.10 or newer that can make environments. */
async function findPython(): Promise<string> {
  const codes: (number | null)[] = [];
  for (const program of ["python3", "python"]) {
    const { code } = await outcome(program, ["-c", probe]);
    if (code === 0) return program;
    codes.push(code);
  }
  const debian = "Debian: apt-get install python3-venv python3-pip";
  if (codes.includes(3))
    throw new LabError(
      "JupyterLab needs Python 3.10 or newer, and this machine's is older. Install a newer one, or uv (https://docs.astral.sh/uv), which brings its own.",
    );
  if (codes.includes(1))
    throw new LabError(`This machine's Python lacks venv or pip. Install them (${debian}) and run this again.`);
  throw new LabError(
    `JupyterLab needs Python 3.10 or newer, and there is none on the PATH. Install it (${debian}), or uv (https://docs.astral.sh/uv), which brings its own.`,
  );
}
