import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tool } from "./tools.ts";

/** What a command line did. */
export interface CommandEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandPlace {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What it reads from stdin; nothing where absent. */
  readonly input?: string;
}

/** Python programs that are loaded once; each command line is a process, one after the other. */
export interface WarmPython {
  /** Runs a program by its name, or a text with `["python", text]`. */
  run(argv: readonly string[], place: CommandPlace): Promise<CommandEnd>;
  close(): Promise<void>;
}

/** @param programs their main functions, as `module:function` */
export async function warmPython(
  programs: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): Promise<WarmPython> {
  const logs = mkdtempSync(join(tmpdir(), "stemma-warm-"));
  const words = Object.entries(programs).map(([name, place]) => `${name}=${place}`);
  const script = join(import.meta.dirname, "warm-python.py");
  const child = spawn(tool("python"), [script, ...words], { stdio: ["pipe", "pipe", "inherit"], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== "ready")
    throw new Error("Python did not load the programs; what it says is above.");
  let count = 0;
  let last: Promise<unknown> = Promise.resolve();
  const one = async (argv: readonly string[], { cwd, env: own, input = "" }: CommandPlace): Promise<CommandEnd> => {
    const file = (kind: string): string => join(logs, `${count}.${kind}`);
    count += 1;
    const [from, out, err] = [file("in"), file("out"), file("err")];
    writeFileSync(from, input);
    child.stdin.write(`${JSON.stringify({ argv, cwd, env: own, in: from, out, err })}\n`);
    const { value } = await lines.next();
    if (value === undefined) throw new Error(`Python ended with ${argv.join(" ")}; what it says is above.`);
    return { code: Number(value), stdout: readFileSync(out, "utf8"), stderr: readFileSync(err, "utf8") };
  };
  return {
    run(argv, place) {
      const end = last.then(() => one(argv, place));
      last = end.catch(() => {});
      return end;
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
