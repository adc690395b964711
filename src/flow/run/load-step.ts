import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";
import { decode } from "../encoding/index.ts";
import { decodeValue, type ValuePlace } from "../values/index.ts";

/** A step's function, ready to run; its second argument is the context. */
export type LoadedStep = (inputs: unknown, context?: unknown) => unknown;

/**
 * The function of a captured step. Its imports, and those that it makes while it runs, resolve from the notebook's folder.
 *
 * @param text `runnableText()` of the captured step
 * @param values where the tables and long arrays are that it closes over; its `folder` is the notebook's
 */
export async function loadStep(
  text: string,
  { name, values }: { readonly name: string; readonly values: ValuePlace },
): Promise<LoadedStep> {
  const { folder } = values;
  const script = new Script(`(async ($decode, $value, require, $pick, $import) => { ${text}\n})`, {
    filename: join(folder, `step ${name}.js`),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const make = script.runInThisContext() as Make;
  const value = (encoded: string): Promise<unknown> => decodeValue(encoded, values);
  return make(decode, value, createRequire(join(folder, "step.js")), pick, importFrom);
}

type Make = (
  ...around: readonly [
    decoder: typeof decode,
    value: (encoded: string) => Promise<unknown>,
    require: NodeJS.Require,
    pick: typeof pick,
    importer: typeof importFrom,
  ]
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
