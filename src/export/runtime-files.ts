import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

/** The files that exported stages read and write with, as they are in Stemma itself, by their names in the project. */
export function runtimeFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["codec.js", javaScript("../flow/codec")],
    ["context.js", javaScript("./targets/dvc/runtime/context")],
    ["random.js", javaScript("../flow/run/executors/random")],
    ["stage.js", javaScript("./targets/dvc/runtime/stage")],
  ]);
}

// Beside this file, compiled or not as it is itself.
function javaScript(path: string): string {
  const compiled = fileURLToPath(new URL(`${path}.js`, import.meta.url));
  if (existsSync(compiled)) return readFileSync(compiled, "utf8");
  const source = readFileSync(fileURLToPath(new URL(`${path}.ts`, import.meta.url)), "utf8");
  return stripTypeScriptTypes(source).replaceAll(/from "\.\/(\w+)\.ts"/g, 'from "./$1.js"');
}
