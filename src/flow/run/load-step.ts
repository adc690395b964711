import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";
import { decode } from "../codec.ts";

type LoadedStep = (inputs: unknown) => unknown;

/**
 * The function of a captured step. Its imports, and those that it makes while it runs, resolve from `folder`.
 *
 * @param text `runnableText()` of the captured step
 * @param folder the notebook's
 */
export async function loadStep(
  text: string,
  { name, folder }: { readonly name: string; readonly folder: string },
): Promise<LoadedStep> {
  const script = new Script(`(async ($decode, require) => { ${pick} ${text}\n})`, {
    filename: join(folder, `step ${name}.js`),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const make = script.runInThisContext() as (decoder: typeof decode, require: NodeJS.Require) => Promise<LoadedStep>;
  return make(decode, createRequire(join(folder, "step.js")));
}

// import() of a CommonJS module does not name all that the module exports.
const pick = "const $pick = (module, name) => (name in module ? module[name] : module.default?.[name]);";
