import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
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

/** A tool that is loaded once and then runs one command line after the other, each as a process of its own would. */
export interface Warm {
  run(line: CommandLine): Promise<Ended>;
  close(): Promise<void>;
}

const folder = import.meta.dirname;

/** The real DVC: one Python process that forks a child for each command. */
export async function warmDvc(): Promise<Warm> {
  const logs = mkdtempSync(join(tmpdir(), "stemma-warm-"));
  // Compiled modules are kept from one test file to the next: loading takes 2 s with them, 6 s without.
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "", PYTHONPYCACHEPREFIX: join(tmpdir(), "stemma-pycache") };
  const child = spawn(tool("python"), [join(folder, "warm-dvc.py")], { stdio: ["pipe", "pipe", "inherit"], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  let count = 0;
  return {
    run: async (line) => {
      const [out, err] = [join(logs, `${count}.out`), join(logs, `${count++}.err`)];
      child.stdin.write(`${JSON.stringify({ ...line, out, err })}\n`);
      const { value } = await lines.next();
      const ended = { code: Number(value), out: readFileSync(out, "utf8"), err: readFileSync(err, "utf8") };
      rmSync(out);
      rmSync(err);
      return ended;
    },
    close: () => end(child, logs, () => child.stdin.end()),
  };
}

/** `stemma`, from the sources: one Node process that runs each command. */
export async function warmStemma(): Promise<Warm> {
  const logs = mkdtempSync(join(tmpdir(), "stemma-warm-"));
  const [out, err] = [join(logs, "out"), join(logs, "err")];
  const files = [openSync(out, "a"), openSync(err, "a")] as const;
  const child = fork(join(folder, "warm-stemma.ts"), { stdio: ["ignore", ...files, "ipc"], execArgv: [] });
  await once(child, "message");
  return {
    run: async (line) => {
      for (const file of files) ftruncateSync(file);
      child.send(line);
      const [code] = (await Promise.race([once(child, "message"), once(child, "exit")])) as readonly unknown[];
      return { code: Number(code), out: readFileSync(out, "utf8"), err: readFileSync(err, "utf8") };
    },
    close: async () => {
      for (const file of files) closeSync(file);
      await end(child, logs, () => child.disconnect());
    },
  };
}

async function end(child: ChildProcess, logs: string, stop: () => void): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    stop();
    await ended;
  }
  rmSync(logs, { recursive: true, force: true });
}
