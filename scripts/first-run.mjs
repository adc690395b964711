import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, output } from "./command.mjs";
import { notebooks, root, stamps, venvProgram } from "./places.mjs";
import { asItWas } from "./steps.mjs";
import { Trouble } from "./trouble.mjs";

const notebook = join(notebooks, "seir.ipynb");

/** Runs the SEIR notebook once, on a copy, so that a first visit finds runs, data and lineage; the store says what it found. */
export async function firstRun(node24) {
  if ((await summary(node24)) !== null) return asItWas;
  mkdirSync(stamps, { recursive: true });
  const copy = join(stamps, "seir.ipynb");
  try {
    await output(venvProgram("python"), [join(root, "scripts", "run-notebook.py"), notebook, copy]);
  } catch (error) {
    if (error instanceof CommandFailed)
      throw new Trouble(`notebooks/seir.ipynb does not run; what it wrote is in ${copy}.`, error.output);
    throw error;
  }
  const found = await summary(node24);
  if (found === null)
    throw new Trouble(
      `notebooks/seir.ipynb ran, but left no finished run of "seir" in its store; what it wrote is in ${copy}.`,
    );
  return found;
}

/** Best parameters and counts of the notebook's runs; null when there are none yet. */
async function summary(node24) {
  if (!existsSync(join(notebooks, "stemma", "stemma.db"))) return null;
  const text = await output(node24, [join(root, "scripts", "summary.mjs")], { cwd: notebooks });
  return text.trim() === "" ? null : text.trim();
}
