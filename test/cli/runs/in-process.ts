import { main } from "../../../src/cli/program.ts";

/** What a command line did. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `stemma …` in this process, as src/cli/main.ts does: without the half second that a new one takes to start. */
export async function stemma(folder: string, ...args: readonly string[]): Promise<Ended> {
  const before = process.cwd();
  const printed = { out: "", err: "" };
  const { write: writeOut } = process.stdout;
  const { write: writeErr } = process.stderr;
  const listeners = process.stdout.listeners("error");
  process.stdout.write = (text: string | Uint8Array): boolean => {
    printed.out += String(text);
    return true;
  };
  process.stderr.write = (text: string | Uint8Array): boolean => {
    printed.err += String(text);
    return true;
  };
  process.chdir(folder);
  try {
    const code = await main(args);
    return { code, ...printed };
  } finally {
    process.chdir(before);
    process.stdout.write = writeOut;
    process.stderr.write = writeErr;
    for (const listener of process.stdout.listeners("error"))
      if (!listeners.includes(listener)) process.stdout.off("error", listener as () => void);
  }
}
