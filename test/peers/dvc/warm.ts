import { type ChildProcess, fork, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tool } from "../../support/tools.ts";

/** What a command line did. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CommandLine {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A tool that is loaded once and then runs command lines, each as a process of its own would. */
export interface Warm {
  run(line: CommandLine): Promise<Ended>;
  close(): Promise<void>;
}

const folder = import.meta.dirname;

/** The real DVC: one Python process that forks a child for each command; several at once where they are asked for. */
export async function warmDvc(): Promise<Warm> {
  const logs = mkdtempSync(join(tmpdir(), "stemma-warm-"));
  // Compiled modules are kept from one test file to the next: loading takes 2 s with them, 6 s without.
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "", PYTHONPYCACHEPREFIX: join(tmpdir(), "stemma-pycache") };
  const child = spawn(tool("python"), [join(folder, "warm-dvc.py")], { stdio: ["pipe", "pipe", "inherit"], env });
  const running = new Map<string, (code: number) => void>();
  const lines = createInterface({ input: child.stdout });
  await ready(child, once(lines, "line"), () => "what it printed stands above");
  lines.on("line", (line) => {
    const [id = "", code] = line.split(" ");
    running.get(id)?.(Number(code));
    running.delete(id);
  });
  // A process that is gone answers nothing: all that wait get to know it.
  child.once("exit", () => {
    for (const tell of running.values()) tell(-1);
  });
  let count = 0;
  return {
    run: async (line) => {
      const id = String(count++);
      const [out, err] = [join(logs, `${id}.out`), join(logs, `${id}.err`)];
      const code = await new Promise<number>((tell) => {
        running.set(id, tell);
        child.stdin.write(`${JSON.stringify({ id, ...line, out, err })}\n`);
      });
      const ended = { code, out: readFileSync(out, "utf8"), err: readFileSync(err, "utf8") };
      rmSync(out);
      rmSync(err);
      return ended;
    },
    close: () => end(child, logs, () => child.stdin.end()),
  };
}

/** `stemma`, from the sources: one Node process that runs one command after the other. */
export async function warmStemma(): Promise<Warm> {
  const logs = mkdtempSync(join(tmpdir(), "stemma-warm-"));
  const [out, err] = [join(logs, "out"), join(logs, "err")];
  const files = [openSync(out, "a"), openSync(err, "a")] as const;
  const child = fork(join(folder, "warm-stemma.ts"), { stdio: ["ignore", ...files, "ipc"], execArgv: [] });
  await ready(child, once(child, "message"), () => readFileSync(err, "utf8"));
  const answered = new EventEmitter();
  child.on("message", (code) => answered.emit("code", code));
  child.once("exit", () => answered.emit("code", -1));
  let last: Promise<unknown> = Promise.resolve();
  const play = async (line: CommandLine): Promise<Ended> => {
    for (const file of files) ftruncateSync(file);
    const ended = once(answered, "code");
    child.send(line);
    const [code] = await ended;
    return { code: Number(code), out: readFileSync(out, "utf8"), err: readFileSync(err, "utf8") };
  };
  return {
    run: (line) => {
      const mine = last.then(() => play(line));
      last = mine.catch(() => {});
      return mine;
    },
    close: async () => {
      for (const file of files) closeSync(file);
      await end(child, logs, () => child.disconnect());
    },
  };
}

/** A program that cannot be loaded says so, where waiting for its first word would never end. */
async function ready(child: ChildProcess, first: Promise<unknown>, why: () => string): Promise<void> {
  const gone = once(child, "exit").then(([code]) => {
    throw new Error(`${child.spawnargs.join(" ")} ended with ${code} before it was ready: ${why()}`);
  });
  await Promise.race([first, gone]);
  gone.catch(() => {});
}

async function end(child: ChildProcess, logs: string, stop: () => void): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    stop();
    await ended;
  }
  rmSync(logs, { recursive: true, force: true });
}
