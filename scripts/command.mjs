import { spawn } from "node:child_process";
import { root } from "./places.mjs";

/** A program that did not end with code 0. */
export class CommandFailed extends Error {
  constructor(program, code, output) {
    super(`${program} ended with ${code}`);
    this.name = "CommandFailed";
    this.code = code;
    this.output = output;
  }
}

const running = new Set();

/** Ends the programs that run: we have been told to end. */
export function endPrograms() {
  for (const child of running) child.kill();
}

/**
 * Runs a program to its end.
 *
 * @param options `cwd` (the repository where absent), `env` (added to ours)
 * @returns its exit code, `null` when it could not start or a signal ended it, and all it wrote, in order
 */
export function outcome(program, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.on("exit", () => running.delete(child));
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => resolve({ code: null, output: `${program}: ${error.message}` }));
    child.on("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}

/**
 * What a program wrote.
 *
 * @throws {CommandFailed} it did not end with code 0
 */
export async function output(program, args, options) {
  const { code, output: text } = await outcome(program, args, options);
  if (code !== 0) throw new CommandFailed([program, ...args].join(" "), code, text);
  return text;
}

/** npm, run by the Node that runs us: the `node` in front of PATH is one of the files that `npm ci` replaces. */
export function npm(args, options) {
  const program = process.env.npm_execpath;
  return program === undefined ? output("npm", args, options) : output(process.execPath, [program, ...args], options);
}
