/**
 * Runs a step that is a command of the shell.
 *
 * This file is copied into exported projects: it imports its neighbours and Node's own modules, nothing else.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { filled, placeholders } from "./command-text.ts";

/** A command as the flow has it. */
export interface Command {
  /** With `{name}` for the path of a dep or out and the value of a param. */
  readonly command: string;
  readonly deps: Readonly<Record<string, unknown>>;
  readonly params: Readonly<Record<string, unknown>>;
  /** Path of each out from the project's folder. */
  readonly outs: Readonly<Record<string, string>>;
  /** Where this run of it keeps its outs; absent: at those paths themselves. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends it, with all that it started. */
  readonly signal?: AbortSignal;
}

/** Runs a command. @returns the absolute path of each out @throws {Error} it fails, or an out of it is not there */
export async function run(command: Command): Promise<Record<string, string>> {
  const { outs, folder } = command;
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  const told = placeholders(command.command);
  const places = Object.entries(outs).map(([name, path]) => {
    const kept = folder === undefined ? path : join(folder, name, basename(path));
    return { name, kept, written: told.includes(name) ? kept : path };
  });
  for (const { kept, written } of places)
    for (const path of [kept, written]) mkdirSync(dirname(path), { recursive: true });
  const paths = Object.fromEntries(places.map(({ name, written }) => [name, slashes(written)]));
  const deps = Object.fromEntries(Object.entries(command.deps).map(([name, value]) => [name, depPath(name, value)]));
  await finished(filled(command.command, { ...command.params, ...deps, ...paths }), command);
  for (const { name, kept, written } of places) {
    if (!existsSync(written)) throw new Error(`The command ended, and did not write its out "${name}" to ${written}.`);
    if (kept !== written) cpSync(written, kept, { recursive: true });
  }
  return Object.fromEntries(places.map(({ name, kept }) => [name, resolve(kept)]));
}

/** Makes the folder of a command's outs anew: there may be none, and DVC wants it to be there. */
export function outsFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // DVC warns of a folder without files.
  writeFileSync(join(folder, "outs.txt"), "What the command wrote.\n");
}

// As a person would type it in the project's folder.
function depPath(name: string, value: unknown): string {
  if (typeof value !== "string")
    throw new TypeError(`dep ${name} of the command is ${JSON.stringify(value)}; a dep is a path`);
  const near = relative(process.cwd(), value);
  return near === "" || near.startsWith("..") || isAbsolute(near) ? value : slashes(near);
}

function slashes(path: string): string {
  return path.split(sep).join("/");
}

// In a group that ends as a whole where it may have to be stopped; else Ctrl-C reaches it with its stage.
function finished(text: string, { env = {}, signal }: Command): Promise<void> {
  return new Promise((done, failed) => {
    const own = signal !== undefined && process.platform !== "win32";
    const child = spawn(text, { shell: true, stdio: "inherit", env: { ...process.env, ...env }, detached: own });
    const stop = (): void => kill(child, own);
    signal?.addEventListener("abort", stop);
    process.once("exit", stop);
    child.once("error", failed);
    child.once("close", (exitCode, by) => {
      signal?.removeEventListener("abort", stop);
      process.off("exit", stop);
      const how = exitCode === null ? `was ended by ${by}` : `ended with exit code ${exitCode}`;
      if (exitCode === 0) done();
      else failed(new Error(`\`${text}\` ${how}`));
    });
  });
}

function kill({ pid, exitCode, signalCode }: ChildProcess, group: boolean): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(group ? -pid : pid, "SIGKILL");
  } catch (error) {
    // It ended by itself in this moment.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
