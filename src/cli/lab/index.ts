import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { print, type Register, wholeNumber } from "../command.ts";
import { LabError } from "./command.ts";
import { connectStemma } from "./connect.ts";
import { prepareEnvironment } from "./python.ts";
import { startLab } from "./start.ts";

export { type Environment, environments, onPath, programOf, versionOf } from "./environment.ts";

interface Options {
  readonly port?: number;
  readonly browser: boolean;
}

/** `stemma lab` */
export const registerLab: Register = (program, exit) => {
  program
    .command("lab")
    .description("Open JupyterLab with the TypeScript kernel and the panel; installs what is missing")
    .argument("[folder]", "folder to open, or a notebook", ".")
    .option("--port <n>", "port to listen on; else the first free one from 8888", wholeNumber(1, 65_535))
    .option("--no-browser", "open no browser")
    .action(async (target: string, { port, browser }: Options) => {
      const { folder, notebook } = placeOf(target);
      const prefix = await prepareEnvironment(folder, (line) => print(`${line}\n`));
      connectStemma(prefix);
      if (!findsStemma(folder))
        print(`Cells in ${folder} do not find the library yet. Run there: npm install stemma\n`);
      const start = { prefix, folder, notebook, port: port ?? null, browser };
      exit(await startLab(start, (url) => print(`JupyterLab of ${prefix}; Ctrl-C ends it:\n\n    ${url}\n\n`)));
    });
};

function placeOf(target: string): { readonly folder: string; readonly notebook: string | null } {
  const path = resolve(target);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return { folder: path, notebook: null };
  if (found?.isFile() && path.endsWith(".ipynb")) return { folder: dirname(path), notebook: basename(path) };
  throw new LabError(`${path} is ${found === undefined ? "not there" : "neither a folder nor a notebook"}.`);
}

/** Whether a cell's `import "stemma"` has something to find. */
function findsStemma(folder: string): boolean {
  const paths = createRequire(join(folder, "notebook.js")).resolve.paths("stemma") ?? [];
  return paths.some((path) => statSync(join(path, "stemma", "package.json"), { throwIfNoEntry: false }) !== undefined);
}
