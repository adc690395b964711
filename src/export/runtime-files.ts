import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

const always: Readonly<Record<string, string>> = {
  "codec.js": "../flow/encoding/codec",
  "decode.js": "../flow/encoding/decode",
  "context.js": "./targets/dvc/runtime/context",
  "paths.js": "./targets/dvc/runtime/paths",
  "random.js": "../flow/run/executors/random",
  "stage.js": "./targets/dvc/runtime/stage",
  "tries.js": "./targets/dvc/runtime/tries",
};

/** For commands that a stage runs itself. */
const commands: Readonly<Record<string, string>> = {
  "command.js": "./targets/dvc/runtime/command",
  "command-text.js": "../flow/command/command-text",
  "shell-quotes.js": "../flow/command/shell-quotes",
};

/** For results with tables, long arrays and files. */
const parts: Readonly<Record<string, string>> = {
  "array-file.js": "../flow/keep/array-file",
  "arrow.js": "../frame/arrow",
  "beside.js": "./targets/dvc/runtime/beside",
  "code-points.js": "../format/code-points",
  "contents.js": "./targets/dvc/runtime/contents",
  "dvc-dir.js": "../format/dvc-dir",
  "error.js": "../error",
  "file.js": "../flow/values/file",
  "format-error.js": "../format/format-error",
  "frame.js": "./targets/dvc/runtime/frame",
  "kind.js": "../frame/kind",
  "models.js": "../flow/values/models",
  "npy.js": "../frame/npy",
  "packages.js": "../flow/values/packages",
  "read-frame.js": "../frame/read-frame",
  "read-npy.js": "../frame/read-npy",
  "relative-path.js": "../format/relative-path",
  "table-file-error.js": "../frame/table-file-error",
  "tables.js": "../flow/values/tables",
  "typed-column.js": "../frame/typed-column",
  "value-error.js": "../frame/value-error",
};

/** For results with models. */
const models: Readonly<Record<string, string>> = {
  "flavor.js": "../track/models/flavor",
  "ml-js.js": "../track/models/ml-js",
  "model-errors.js": "../track/models/model-errors",
  "model-input.js": "./targets/dvc/runtime/model-input",
  "place.js": "./targets/dvc/runtime/place",
  "project-import.js": "../track/models/project-import",
  "tensor.js": "../track/models/tensor",
  "tfjs.js": "../track/models/tfjs",
  "track.js": "./targets/dvc/runtime/track",
};

/** The modules that are copied, from the folder of the sources: the built library has each of them as a file. */
export const copiedModules: readonly string[] = [always, commands, parts, models].flatMap((files) =>
  Object.values(files).map((path) => path.replace(/^\.\.\//, "").replace(/^\.\//, "export/")),
);

/** What the stages of a project need besides what all need. */
export interface RuntimeNeeds {
  /** Results may hold tables, long arrays and files. */
  readonly beside: boolean;
  /** They may hold models. */
  readonly models: boolean;
  /** Steps are commands. */
  readonly commands: boolean;
}

/** The files that exported stages read and write with, as they are in Stemma itself, by their names in the project. */
export function runtimeFiles(needs: RuntimeNeeds): ReadonlyMap<string, string> {
  const files = {
    ...always,
    ...(needs.commands ? commands : {}),
    ...(needs.beside || needs.models ? parts : {}),
    ...(needs.models ? models : {}),
  };
  return new Map(Object.entries(files).map(([name, path]) => [name, neighbours(name, javaScript(path))]));
}

// Beside this file, compiled or not as it is itself.
function javaScript(path: string): string {
  const compiled = fileURLToPath(new URL(`${path}.js`, import.meta.url));
  if (existsSync(compiled)) return readFileSync(compiled, "utf8");
  const source = readFileSync(fileURLToPath(new URL(`${path}.ts`, import.meta.url)), "utf8");
  return stripTypeScriptTypes(source);
}

/** Faces of which a project needs one file. */
const otherNames: Readonly<Record<string, string>> = { encoding: "codec" };

// All of them stand in one folder there; a face, as frame/index.ts, is called after its own.
function neighbours(file: string, text: string): string {
  return text.replaceAll(/(from |import\()"\.{1,2}\/([^"]+)\.[jt]s"/g, (_, what: string, path: string) => {
    const names = path.split("/");
    const name = (names.at(-1) === "index" ? names.at(-2) : names.at(-1)) ?? "";
    // Of the folder of `track` only that is asked which it works in; the context of steps has the name there.
    return `${what}"./${name === "context" && file === "project-import.js" ? "place" : (otherNames[name] ?? name)}.js"`;
  });
}
