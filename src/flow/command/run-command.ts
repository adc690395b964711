import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { StemmaError } from "../../error.ts";
import { findProject, type Project } from "../../store/index.ts";
import type { StepContext } from "../context.ts";
import type { CommandPlan, StepPlan } from "../plan/index.ts";
import { filled, placeholders } from "./command-text.ts";
import { processesIn } from "./group-memory.ts";
import { type KeptOut, keepOut } from "./kept-outs.ts";

/** A command ended with a code other than 0, or by a signal. */
export class CommandFailedError extends StemmaError {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;

  constructor(
    command: string,
    ended: { readonly exitCode: number | null; readonly signal: string | null },
    stderr: string,
  ) {
    const how = ended.exitCode === null ? `was ended by ${ended.signal}` : `ended with exit code ${ended.exitCode}`;
    const said = stderr.trim() === "" ? "It wrote nothing to stderr." : `The end of its stderr:\n${stderr.trim()}`;
    super("COMMAND_FAILED", `\`${command}\` ${how}. ${said}`);
    this.exitCode = ended.exitCode;
  }
}

/** A command and what it started had more memory than its step may have. */
export class CommandMemoryError extends StemmaError {
  constructor(command: string, memoryMb: number) {
    super(
      "STEP_MEMORY",
      `\`${command}\` went over its limit of ${memoryMb} MB. Give it more: { resources: { memory: "${memoryMb * 2}MB" } }`,
    );
  }
}

/** Where a command runs. */
export interface CommandPlace {
  /** Its working folder: the notebook's. */
  readonly folder: string;
  readonly env: StepPlan["env"];
  /** Of a process that is ended with all of its group: the command stays in it. Absent: it gets a group of its own. */
  readonly inGroup?: boolean;
  /** What it and all that it starts may have, in MB, where the system tells; absent: any. */
  readonly memoryMb?: number | null;
}

/**
 * The function of a step that is a command: it runs the command in a shell and keeps its outs by their content.
 * Its inputs are the command's deps, as absolute paths, and params; it gives a {@link KeptOut} by the name of each out.
 */
export function commandStep(
  command: CommandPlan,
  place: CommandPlace,
): (
  inputs: Readonly<Record<string, unknown>>,
  context?: Partial<StepContext>,
) => Promise<Readonly<Record<string, KeptOut>>> {
  return async (inputs, context) => {
    const project = findProject(place.folder);
    const outs = outPaths(command, project, place.folder);
    try {
      const text = filled(command.command, { ...values(command, inputs, place.folder), ...outs.paths });
      await finished(text, { place, signal: context?.signal ?? null });
      const kept = Object.entries(outs.paths).map(async ([name, path]) => {
        return [name, await keepOut(project, resolve(place.folder, path), name)] as const;
      });
      return Object.fromEntries(await Promise.all(kept));
    } finally {
      if (outs.work !== null) rmSync(outs.work, { recursive: true, force: true });
    }
  };
}

interface OutPaths {
  readonly paths: Readonly<Record<string, string>>;
  /** A folder for this try alone; null where no out is told to the command. */
  readonly work: string | null;
}

// An out that the command is told lies in a folder of this try: two items, or two runs at once, don't meet there.
function outPaths({ command, outs }: CommandPlan, project: Project, folder: string): OutPaths {
  const used = placeholders(command);
  const told = Object.keys(outs).filter((name) => used.includes(name));
  const parent = join(project.stemmaFolder, "work");
  if (told.length > 0) mkdirSync(parent, { recursive: true });
  const work = told.length === 0 ? null : mkdtempSync(join(parent, "try-"));
  const paths = Object.entries(outs).map(([name, path]) => {
    const at = work !== null && told.includes(name) ? join(work, name, basename(path)) : join(folder, path);
    mkdirSync(dirname(at), { recursive: true });
    return [name, shown(at, folder)] as const;
  });
  return { paths: Object.fromEntries(paths), work };
}

function values(
  { deps }: CommandPlan,
  inputs: Readonly<Record<string, unknown>>,
  folder: string,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(inputs).map(([name, value]) => {
    if (!deps.includes(name)) return [name, value] as const;
    if (typeof value === "string") return [name, isAbsolute(value) ? shown(value, folder) : value] as const;
    throw new TypeError(`dep ${name} of the command is ${JSON.stringify(value)}; a dep is a path`);
  });
  return Object.fromEntries(entries);
}

// As a person would type it in the folder.
function shown(path: string, folder: string): string {
  const near = relative(folder, path);
  return near === "" || near.startsWith("..") || isAbsolute(near) ? path : near.split(sep).join("/");
}

interface Running {
  readonly place: CommandPlace;
  readonly signal: AbortSignal | null;
}

/** Characters of stderr that an error tells. */
const toldLength = 2000;
/** A command that does not end when it is asked to is killed after this time. */
const graceMs = 500;

function finished(text: string, { place, signal }: Running): Promise<void> {
  return new Promise((done, failed) => {
    signal?.throwIfAborted();
    const set = Array.isArray(place.env) ? {} : (place.env as Readonly<Record<string, string>>);
    // In a group that ends as a whole, so that what the shell started is stopped with it.
    const child = spawn(text, {
      shell: true,
      cwd: place.folder,
      env: { ...process.env, ...set },
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32" && place.inGroup !== true,
    });
    let tooMuch = false;
    const watch = watchMemory(place, child, () => {
      tooMuch = true;
    });
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => process.stdout.write(part));
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      stderr = (stderr + part).slice(-toldLength);
      process.stderr.write(part);
    });
    const inGroup = place.inGroup === true;
    const stop = (): void => end(child, inGroup);
    signal?.addEventListener("abort", stop);
    const kill = (): void => killGroup(child, inGroup, "SIGKILL");
    process.once("exit", kill);
    child.once("error", failed);
    child.once("close", (exitCode, by) => {
      signal?.removeEventListener("abort", stop);
      process.off("exit", kill);
      clearInterval(watch);
      if (tooMuch) failed(new CommandMemoryError(text, place.memoryMb ?? 0));
      else if (signal?.aborted === true) failed(signal.reason);
      else if (exitCode === 0) done();
      else failed(new CommandFailedError(text, { exitCode, signal: by }, stderr));
    });
  });
}

/** Between two looks at the memory of a command. */
const lookMs = 200;

// No limit of the system counts what several programs have together, and what they really use of what they reserve.
function watchMemory(
  { memoryMb, inGroup }: CommandPlace,
  child: ChildProcess,
  over: () => void,
): NodeJS.Timeout | undefined {
  const { pid } = child;
  if (memoryMb == null || pid === undefined || process.platform !== "linux") return undefined;
  const group = inGroup === true ? process.pid : pid;
  return setInterval(() => {
    const all = processesIn(group).filter((one) => one.pid !== process.pid);
    if (all.reduce((sum, { bytes }) => sum + bytes, 0) <= memoryMb * 1024 * 1024) return;
    over();
    for (const one of all) killOne(one.pid);
  }, lookMs).unref();
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function end(child: ChildProcess, inGroup: boolean): void {
  killGroup(child, inGroup, "SIGTERM");
  setTimeout(() => killGroup(child, inGroup, "SIGKILL"), graceMs).unref();
}

// Who is in the group of this process is stopped alone; the rest ends with that.
function killGroup({ pid, exitCode, signalCode }: ChildProcess, inGroup: boolean, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(process.platform === "win32" || inGroup ? pid : -pid, signal);
  } catch (error) {
    // It ended by itself in this moment.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
