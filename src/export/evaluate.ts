import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { StemmaError } from "../error.ts";
import { flowHere } from "./flow-here.ts";
import { packageFolder } from "./packages.ts";
import type { Evaluated } from "./plan-child.ts";

export interface Evaluation {
  /** The notebook's folder: where its packages are found, and the working folder. */
  readonly folder: string;
  /** Files by path in a folder of their own; `main` is the one that is loaded. */
  readonly files: ReadonlyMap<string, string>;
  readonly main: string;
  /** Packages that the files import. */
  readonly packages: readonly string[];
}

const waitMs = 120_000;

/** What became of the flows. */
export interface EvaluatedFlows {
  readonly flows: readonly Evaluated[];
  /** Bytes of what they are given where they are defined, by their MD5. */
  readonly given: ReadonlyMap<string, Uint8Array>;
}

/**
 * The plans of a notebook's flows, from a Node process that loads only the parts of the cells that they need.
 *
 * @throws {StemmaError} the process does not end within two minutes, or dies
 */
export async function evaluateFlows({ folder, files, main, packages }: Evaluation): Promise<EvaluatedFlows> {
  const place = await mkdtemp(join(tmpdir(), "stemma-export-"));
  try {
    await writeFile(join(place, "package.json"), '{ "type": "module" }\n');
    for (const [path, text] of files) {
      await mkdir(dirname(join(place, path)), { recursive: true });
      await writeFile(join(place, path), text);
    }
    for (const name of packages) await link(place, folder, name);
    const answer = join(place, "answer.json");
    await run([ownFile("./plan-child"), join(place, main), answer], folder);
    const flows = JSON.parse(await readFile(answer, "utf8")) as readonly Evaluated[];
    return { flows, given: await filesIn(`${answer}.given`) };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function filesIn(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  if (!existsSync(folder)) return new Map();
  const names = await readdir(folder);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

// A package is found from its real place, so that it finds its own packages.
async function link(place: string, folder: string, name: string): Promise<void> {
  const path = join(place, "node_modules", name);
  if (name === "stemma") return ownPackage(path);
  const target = packageFolder(folder, name);
  if (target === null) return;
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path, "junction");
}

// Flows that use each other are wired by the very library that reads their plan, and not by the notebook's copy of it.
async function ownPackage(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, "package.json"), '{ "type": "module", "exports": "./index.js" }\n');
  const text = `export * from ${JSON.stringify(pathToFileURL(ownFile("../index")).href)};
export const flow = globalThis[${JSON.stringify(flowHere)}];
`;
  await writeFile(join(path, "index.js"), text);
}

async function run(args: readonly string[], folder: string): Promise<void> {
  // Node 22.13 to 22.17 strip types only when asked.
  const options = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];
  try {
    await promisify(execFile)(process.execPath, [...options, ...args], { cwd: folder, timeout: waitMs });
  } catch (cause) {
    const what = isLate(cause) ? `did not end within ${waitMs / 1000} s` : `ended with ${errorLine(cause)}`;
    throw new StemmaError("EXPORT_EVALUATION", `Reading the flow ${what}`, { cause });
  }
}

function isLate(cause: unknown): boolean {
  return typeof cause === "object" && cause !== null && "killed" in cause && cause.killed === true;
}

// What Node writes when it dies: a place, the line, "TypeError: …", the stack.
function errorLine(cause: unknown): string {
  const written = typeof cause === "object" && cause !== null && "stderr" in cause ? String(cause.stderr) : "";
  return /^(\w*Error\b.*)$/m.exec(written)?.[1] ?? String(cause);
}

// Beside this file, compiled or not as it is itself.
function ownFile(path: string): string {
  const compiled = fileURLToPath(new URL(`${path}.js`, import.meta.url));
  return existsSync(compiled) ? compiled : fileURLToPath(new URL(`${path}.ts`, import.meta.url));
}
