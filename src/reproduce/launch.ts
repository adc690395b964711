import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseNotebook } from "../format/index.ts";
import type { CellSource } from "../host/index.ts";
import type { Origin } from "./origin.ts";
import { type Place, placed } from "./place.ts";
import { ended } from "./processes.ts";

/** What is to be started in a place. */
export interface Launch {
  /** For sentences. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface MadeLaunch {
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  /** Null where there are problems. */
  readonly launch: Launch | null;
}

/** How to start what made a run. */
export function makeLaunch(place: Place, origin: Origin): MadeLaunch {
  const folder = join(place.project.root, origin.folder);
  mkdirSync(folder, { recursive: true });
  const { work } = origin;
  if (work.kind === "notebook") return notebookLaunch(place, origin, { folder, cells: work.cells, cell: work.cell });
  if (work.kind === "script") return scriptLaunch(place, { folder, script: work.script, words: work.words });
  const choice = JSON.stringify({ experiment: origin.root.experiment, targets: work.names });
  const args = [programFile("./stages-main"), choice];
  return ready({ name: `repro of ${work.names.join(", ")}`, program: process.execPath, args, folder, env: {} });
}

function ready(launch: Launch, notes: readonly string[] = []): MadeLaunch {
  return { problems: [], notes, launch };
}

function refused(problem: string): MadeLaunch {
  return { problems: [problem], notes: [], launch: null };
}

// Programs of their own: they are started by path, from the sources and from the package alike.
function programFile(path: string): string {
  return fileURLToPath(new URL(`${path}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));
}

interface Script {
  readonly folder: string;
  readonly script: string;
  readonly words: readonly string[];
}

function scriptLaunch(place: Place, { folder, script, words }: Script): MadeLaunch {
  const own = placed(place, script);
  if (own === null && !existsSync(script)) return refused(`Its script ${script} is not there any more.`);
  if (own !== null && !existsSync(own))
    return refused(
      place.git
        ? `Its script ${script} was not in git: its commit does not have it.`
        : `Its script ${script} was in no git commit, so its text of then is not kept.`,
    );
  const inPlace = (word: string): string => (isAbsolute(word) ? (placed(place, word) ?? word) : word);
  const [program = "node", ...rest] = words;
  const launch = {
    name: basename(script),
    program: program === "node" ? process.execPath : program,
    args: rest.map(inPlace),
    folder,
    env: {},
  };
  return ready(
    launch,
    own === null ? [`Its script ${script} is outside of the repository: it runs as it is today.`] : [],
  );
}

interface NotebookWork {
  readonly folder: string;
  readonly cells: readonly CellSource[];
  readonly cell: string | null;
}

function notebookLaunch(place: Place, origin: Origin, { folder, cells: kept, cell }: NotebookWork): MadeLaunch {
  const isNamed = origin.source.endsWith(".ipynb");
  const file =
    (isNamed ? placed(place, origin.source) : null) ?? join(folder, isNamed ? basename(origin.source) : "cells.ipynb");
  const { "stemma.sources": gap, "stemma.kernel": kernel } = origin.root.tags;
  const notes =
    kernel?.startsWith("stemma") === false ? [`It ran in ${kernel}; it runs again in Stemma's own kernel.`] : [];
  let cells = kept;
  if (gap !== undefined || kept.length === 0) {
    const committed = existsSync(file) ? cellsUpTo(readFileSync(file, "utf8"), { file, cell }) : null;
    if (committed === null && kept.length === 0)
      return refused(
        `The cells that it ran are not kept (${gap ?? "the run has none"}), and its notebook is not in its commit.`,
      );
    notes.push(
      committed === null
        ? `Of its cells only some were kept: ${gap}.`
        : "Its cells are those of the notebook in its commit, from the first to its own: the kernel kept not all that ran.",
    );
    cells = committed ?? kept;
  }
  if (!existsSync(file)) writeFileSync(file, notebookOf(cells));
  const list = join(place.project.stemmaFolder, "cells.json");
  writeFileSync(list, JSON.stringify(cells));
  const args = ["--disable-warning=ExperimentalWarning", programFile("../kernel/replay-main"), list];
  const name = `The notebook ${basename(file)}`;
  return ready({ name, program: process.execPath, args, folder, env: { STEMMA_NOTEBOOK: file } }, notes);
}

/** The code cells of a notebook up to one of them; null where it has not that one. */
function cellsUpTo(
  text: string,
  { file, cell }: { readonly file: string; readonly cell: string | null },
): readonly CellSource[] | null {
  const code = parseNotebook(text, file).cells.filter(({ kind, number }) => kind === "code" && number > 0);
  const last = cell === null ? code.length - 1 : code.findIndex(({ id }) => id === cell);
  if (last === -1) return null;
  return code.slice(0, last + 1).map(({ id, source, number }) => ({ id, source, count: number }));
}

function notebookOf(cells: readonly CellSource[]): string {
  const code = cells.map(({ id, count, source }, index) => ({
    cell_type: "code",
    id: `${id ?? "cell"}-${index + 1}`,
    metadata: {},
    execution_count: count,
    outputs: [],
    source,
  }));
  const metadata = { kernelspec: { name: "stemma", display_name: "TypeScript (Stemma)", language: "typescript" } };
  return `${JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: code }, null, 1)}\n`;
}

/** What a started program did. */
export interface Ran {
  /** Cells that ended with an error, and which. */
  readonly cellErrors: readonly string[];
}

export interface StartOptions {
  /** Added to this process's environment; null takes a variable out. */
  readonly env: Readonly<Record<string, string | null>>;
  readonly signal: AbortSignal;
  readonly onOutput: (text: string) => void;
}

/** Starts a program and waits for its end. @throws {ReproductionFailedError} @throws the signal's reason */
export async function start(launch: Launch, { env, signal, onOutput }: StartOptions): Promise<Ran> {
  const all = Object.entries({ ...process.env, ...launch.env, ...watched(), ...env });
  const child = spawn(launch.program, launch.args, {
    cwd: launch.folder,
    env: Object.fromEntries(all.filter(([, value]) => value !== null)) as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    // A group of its own is stopped as a whole, with what it has started itself.
    detached: process.platform !== "win32",
  });
  const cellErrors: string[] = [];
  const told = child.stdio[3] as Readable | null | undefined;
  eachLine(told ?? null, (line) => {
    const event: { readonly kind?: string; readonly text?: string; readonly count?: number; readonly error?: string } =
      Object(JSON.parse(line));
    if (event.kind === "output" && event.text !== undefined) onOutput(event.text);
    if (event.kind === "cell" && typeof event.error === "string")
      cellErrors.push(`cell [${event.count}]: ${event.error}`);
  });
  await ended(child, { name: launch.name, signal, onOutput });
  return { cellErrors };
}

function watched(): Readonly<Record<string, string>> {
  const preload = `--import=${pathToFileURL(programFile("./end-with-parent")).href}`;
  const options = process.env["NODE_OPTIONS"] ?? "";
  return { STEMMA_REPRODUCTION_PARENT: String(process.pid), NODE_OPTIONS: `${options} ${preload}`.trim() };
}

function eachLine(stream: Readable | null, take: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
}
