import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import module from "node:module";
import { basename, dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { StemmaError } from "../../error.ts";
import { flowModule } from "../../export/index.ts";
import { didYouMean, type FlowWatch, isUsedFlow, type WatchedFlow, watchFlows } from "../../flow/index.ts";
import { printable } from "../text.ts";

/** A file has no flow of that name, several of which none is named, or is no file of flows. */
export class FlowFileError extends StemmaError {
  constructor(message: string) {
    super("FLOW_FILE", message);
  }
}

/** Which flow of a file. */
export interface Wanted {
  readonly file: string;
  readonly name?: string | undefined;
  /** Hears of the flow's runs. */
  readonly begun?: FlowWatch["begun"];
}

const quiet = { changed: () => {}, end: () => {} };

/**
 * Loads a file and gives its flow. Of a notebook only what its flows need is loaded; a module is loaded as Node does.
 *
 * @throws {FlowFileError} @throws what the file throws
 */
export async function loadFlow({ file, name, begun }: Wanted): Promise<WatchedFlow> {
  const flows: WatchedFlow[] = [];
  let loaded = false;
  watchFlows({
    defined: (flow) => flows.push(flow),
    begun: (run) => (loaded && begun !== undefined ? begun(run) : quiet),
  });
  await load(file, name);
  loaded = true;
  return chosen(file, flows, name);
}

function chosen(file: string, flows: readonly WatchedFlow[], name: string | undefined): WatchedFlow {
  // A flow that is defined again, further down, is what the file ends with.
  const last = new Map(flows.map((flow) => [flow.name, flow]));
  const names = [...last.keys()].join(", ");
  if (last.size === 0) throw new FlowFileError(`${file} defines no flow.`);
  // What another flow uses is a part of that.
  const whole = [...last.values()].filter((one) => !isUsedFlow(one));
  const flow = name === undefined ? (whole.length === 1 ? whole[0] : undefined) : last.get(name);
  if (flow !== undefined) return flow;
  throw new FlowFileError(
    name === undefined
      ? `${file} has ${last.size} flows: ${names}. Say which one: --flow NAME.`
      : `${file} has no flow ${JSON.stringify(name)}.${didYouMean(name, [...last.keys()])} It has ${names}.`,
  );
}

const endings = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".ipynb"];

async function load(file: string, name: string | undefined): Promise<void> {
  const path = resolve(file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new FlowFileError(`There is no file ${file}.`);
  if (!found.isFile() || !endings.includes(extname(path)))
    throw new FlowFileError(`${file} is no file with flows. Give a .ts, .js or .ipynb file.`);
  // What is tracked names the file, as if Node had been started with it.
  process.argv[1] = path;
  withOwnLibrary();
  if (extname(path) === ".ipynb") await loadNotebook(path, name);
  else await import(pathToFileURL(path).href);
}

// Beside the notebook, where its packages and modules are found; it is gone before anything runs.
async function loadNotebook(path: string, name: string | undefined): Promise<void> {
  process.env["STEMMA_NOTEBOOK"] = path;
  process.chdir(dirname(path));
  const { text, ending, notes } = flowModule(path, name);
  for (const note of notes) process.stderr.write(`note: ${printable(note)}\n`);
  const beside = join(
    dirname(path),
    `.${basename(path, ".ipynb")}.${process.pid}${ending === ".ts" ? ".mts" : ".mjs"}`,
  );
  const remove = (): void => rmSync(beside, { force: true });
  process.on("exit", remove);
  writeFileSync(beside, text);
  await import(pathToFileURL(beside).href);
}

/** A file of a folder without the package gets this one. */
function withOwnLibrary(): void {
  if (typeof module.registerHooks !== "function") return;
  const source = new URL("../../index.ts", import.meta.url);
  const own = import.meta.url.endsWith(".ts") ? source.href : import.meta.resolve("stemma");
  module.registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (specifier === "stemma") return { url: own, shortCircuit: true };
        throw error;
      }
    },
  });
}

/**
 * Starts the command again where it has to be another process: Node 22.13 to 22.17 strip types only when asked, and the
 * workers are as many as the environment said when the library was loaded.
 *
 * @returns its exit code; null where this process will do
 */
export async function startedAgain(file: string, maxWorkers?: number): Promise<number | null> {
  const strips = process.features.typescript || !/\.(?:[mc]?ts|ipynb)$/.test(file) || !existsSync(file);
  const workers = maxWorkers === undefined ? {} : { STEMMA_MAX_WORKERS: String(maxWorkers) };
  const isSo = maxWorkers === undefined || process.env["STEMMA_MAX_WORKERS"] === String(maxWorkers);
  if (strips && isSo) return null;
  const [, program = "", ...args] = process.argv;
  const options = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...(strips ? [] : options), program, ...args], {
    stdio: "inherit",
    env: { ...process.env, ...workers },
  });
  // Ctrl-C in a terminal reaches both, and the other one's second would end it at once; a signal to this one is passed on.
  if (!process.stdin.isTTY) process.on("SIGINT", () => child.kill("SIGINT"));
  else process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 130;
}
