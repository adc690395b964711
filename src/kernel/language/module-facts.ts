import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** `import.meta`, as Node has it. */
export interface ModuleFacts {
  readonly dirname: string;
  readonly filename: string;
  readonly url: string;
  resolve(specifier: string): string;
}

/**
 * `import.meta` for code that is run as CommonJS.
 *
 * @returns a function of the file of a module's script; without one, of a cell, which stands in the folder
 */
export function moduleFacts(folder: string): (script?: string) => ModuleFacts {
  return (script = join(folder, "cell.ts")) => {
    const source = script.replace(/\.js$/, ".ts");
    const filename = existsSync(source) ? source : script;
    const resolve = (specifier: string): string => {
      const found = createRequire(filename).resolve(specifier);
      return found.startsWith("/") || /^[A-Za-z]:/.test(found) ? pathToFileURL(found).href : found;
    };
    return { dirname: dirname(filename), filename, url: pathToFileURL(filename).href, resolve };
  };
}
