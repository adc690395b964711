import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, outcome, output } from "./command.mjs";
import { root, venv, venvProgram } from "./places.mjs";
import { digestOf } from "./stamp.mjs";
import { asItWas } from "./steps.mjs";
import { Trouble } from "./trouble.mjs";

const uvVersion = "0.13.8";
const ownUv = join(root, ".tools", "bin", "uv");

/**
 * Makes `.venv` and installs files of requirements/ into it, when they changed since the last time.
 *
 * @param names "lab" for requirements/lab.txt, "test" for requirements/test.txt
 */
export async function installPython(names) {
  const wanted = names.filter((name) => !isInstalled(name));
  if (wanted.length === 0 && (await works(venvProgram("python")))) return asItWas;
  const uv = await findUv();
  if (!(await works(venvProgram("python")))) {
    await told("Python's environment .venv", uv, ["venv", "--quiet", "--clear", "--python", await findPython(), venv]);
  }
  // Both at once even if one was there: uv then keeps the versions of both.
  const files = names.flatMap((name) => ["-r", join(root, "requirements", `${name}.txt`)]);
  await told("Python's packages", uv, ["pip", "install", "--quiet", "--python", venvProgram("python"), ...files]);
  for (const name of names) writeFileSync(stampOf(name), digestOf([`requirements/${name}.txt`]));
  return `${names.map((name) => `${name}.txt`).join(", ")} in .venv`;
}

/** Says it at once, and not after minutes, when Python is missing. */
export async function checkPython() {
  if (!(await works(venvProgram("python")))) await findPython();
}

const stampOf = (name) => join(venv, `stemma-${name}.sha256`);

function isInstalled(name) {
  const digest = digestOf([`requirements/${name}.txt`]);
  return existsSync(stampOf(name)) && readFileSync(stampOf(name), "utf8") === digest;
}

async function works(program) {
  return (await outcome(program, ["--version"])).code === 0;
}

/** The machine's uv, else our own in .tools/, which pip installs. */
async function findUv() {
  if (await works("uv")) return "uv";
  if (await works(ownUv)) return ownUv;
  const python = await findPython();
  await told("An environment for uv", python, ["-m", "venv", "--clear", join(root, ".tools")]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `uv==${uvVersion}`];
  await told("uv", join(root, ".tools", "bin", "python"), pip);
  return ownUv;
}

// ensurepip is what a Debian without python3-venv lacks.
const probe = "import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 3)";

/** A Python 3.10 or newer that can make environments. */
async function findPython() {
  const found = [];
  for (const program of ["python3", "python"]) {
    const { code } = await outcome(program, ["-c", probe]);
    if (code === 0) return program;
    found.push(code);
  }
  if (found.includes(3))
    throw new Trouble(
      "This machine's Python is older than 3.10. Install Python 3.10 or newer, with venv and pip, and run this again.",
    );
  if (found.includes(1))
    throw new Trouble(
      "This machine's Python lacks venv or pip. Install them (Debian: apt-get install python3-venv python3-pip) and run this again.",
    );
  throw new Trouble(
    "Python is missing. Install Python 3.10 or newer, with venv and pip (Debian: apt-get install python3-venv python3-pip), and run this again.",
  );
}

async function told(what, program, args) {
  try {
    return await output(program, args);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new Trouble(
      `${what} did not install. Is the network up, and does pip reach its package index? Then run this again.`,
      error.output,
    );
  }
}
