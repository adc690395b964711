import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";
import { decode } from "../codec.ts";

/** A step's function, ready to run; its second argument is the context. */
export type LoadedStep = (inputs: unknown, context?: unknown) => unknown;

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
  const script = new Script(`(async ($decode, require, $pick, $import) => { ${text}\n})`, {
    filename: join(folder, `step ${name}.js`),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const make = script.runInThisContext() as Make;
  return make(decode, createRequire(join(folder, "step.js")), pick, importFrom);
}

type Make = (
  decoder: typeof decode,
  require: NodeJS.Require,
  ...imports: readonly [typeof pick, typeof importFrom]
) => Promise<LoadedStep>;

// A helper from another file imports what its own file would: Node resolves from the name of the script.
function importFrom(specifier: string, file: string): Promise<unknown> {
  const script = new Script("(specifier) => import(specifier)", {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const load = script.runInThisContext() as (specifier: string) => Promise<unknown>;
  return load(specifier);
}

// import() of a CommonJS module does not name all that the module exports.
function pick(module: object, name: string, from: string): unknown {
  const exports: object = name in module ? module : Object(Reflect.get(module, "default"));
  if (name in exports) return Reflect.get(exports, name);
  throw new ReferenceError(`${from} has no export ${name}. Import it in the step, or mark the step { run: "inline" }.`);
}
