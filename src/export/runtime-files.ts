import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

const always: Readonly<Record<string, string>> = {
  "codec.js": "../flow/codec",
  "context.js": "./targets/dvc/runtime/context",
  "random.js": "../flow/run/executors/random",
  "stage.js": "./targets/dvc/runtime/stage",
};

/** For results with tables and files. */
const parts: Readonly<Record<string, string>> = {
  "arrow.js": "../frame/arrow",
  "beside.js": "./targets/dvc/runtime/beside",
  "error.js": "../error",
  "file.js": "../flow/values/file",
  "frame.js": "./targets/dvc/runtime/frame",
  "kind.js": "../frame/kind",
  "packages.js": "../flow/values/packages",
  "read-frame.js": "../frame/read-frame",
  "tables.js": "../flow/values/tables",
  "typed-column.js": "../frame/typed-column",
  "value-error.js": "../frame/value-error",
};

/**
 * The files that exported stages read and write with, as they are in Stemma itself, by their names in the project.
 *
 * @param beside whether results may hold tables and files
 */
export function runtimeFiles(beside: boolean): ReadonlyMap<string, string> {
  const files = beside ? { ...always, ...parts } : always;
  return new Map(Object.entries(files).map(([name, path]) => [name, neighbours(javaScript(path))]));
}

// Beside this file, compiled or not as it is itself.
function javaScript(path: string): string {
  const compiled = fileURLToPath(new URL(`${path}.js`, import.meta.url));
  if (existsSync(compiled)) return readFileSync(compiled, "utf8");
  const source = readFileSync(fileURLToPath(new URL(`${path}.ts`, import.meta.url)), "utf8");
  return stripTypeScriptTypes(source);
}

// All of them stand in one folder there; a face, as frame/index.ts, is called after its own.
function neighbours(text: string): string {
  return text.replaceAll(/from "\.{1,2}\/([^"]+)\.[jt]s"/g, (_, path: string) => {
    const names = path.split("/");
    return `from "./${names.at(-1) === "index" ? names.at(-2) : names.at(-1)}.js"`;
  });
}
