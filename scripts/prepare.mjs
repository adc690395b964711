import { buildExtension, buildLibrary } from "./build.mjs";
import { configureJupyter, installExtension, installKernel } from "./jupyter.mjs";
import { checkMachine } from "./machine.mjs";
import { findNode24 } from "./node24.mjs";
import { installPackages } from "./packages.mjs";
import { checkPython, installPython } from "./python.mjs";
import { step } from "./steps.mjs";

/**
 * Brings a clone to where JupyterLab can start: packages, builds, `.venv` with kernel, extension and proxy. Only what is missing is done.
 *
 * @param requirements files of requirements/ to install, without ".txt"
 * @returns the path of Node 24
 */
export async function prepare(requirements) {
  await step("machine", async () => {
    await checkPython();
    return checkMachine();
  });
  // Python's packages come over the network while npm unpacks.
  const python = step("Python packages", () => installPython(requirements));
  const [node24] = await bothEnded(prepareNode(), python);
  await step("kernel", () => installKernel(node24));
  await step("extension in .venv", installExtension);
  await step("Jupyter's settings", () => configureJupyter(node24));
  return node24;
}

/** The part without Python: npm's packages and the builds. */
export async function prepareNode() {
  await step("npm packages", installPackages);
  const node24 = await findNode24();
  await step("library", buildLibrary);
  await step("extension", buildExtension);
  return node24;
}

/** As Promise.all, but a failure waits for the others: nothing of ours runs on after the last line. */
async function bothEnded(...promises) {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
