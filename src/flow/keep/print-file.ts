import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../store/index.ts";
import type { AttemptRecord } from "./journal.ts";

/** A try that prints, as far as it is known before its end. */
export type PrintingTry = Omit<AttemptRecord, "log">;

/** How often a longer file is begun anew, with the end of what running tries have printed. */
const mostBytes = 1024 * 1024;

/** One print: the first of a try in a file names it, and has all of it that the file holds. */
type Line = { readonly of: PrintingTry; readonly text: string } | { readonly to: number; readonly text: string };

/** A try in the file. */
interface Printing {
  /** Its number among the lines that name one; null: the file does not have it. */
  number: number | null;
  readonly of: PrintingTry;
  /** The end of what it has printed, this print included. */
  readonly end: () => string;
}

/**
 * What steps of the run's own thread print, written as they print it. Such a step may keep the thread for an hour: nothing
 * else can be written then, and what it printed would go with the process. The file goes with the run; the journal has all by then.
 */
export class PrintFile {
  readonly #path: string;
  readonly #running = new Map<string, Printing>();
  #file: number | null = null;
  #bytes = 0;
  #named = 0;
  #isBroken = false;

  constructor(project: Project, run: string) {
    this.#path = printsPath(project, run);
  }

  /** @param end the last characters of what the try has printed, `text` included */
  printed(name: string, text: string, { of, end }: Omit<Printing, "number">): void {
    if (this.#isBroken) return;
    const known = this.#running.get(name);
    const printing = known ?? { number: null, of, end };
    if (known === undefined) this.#running.set(name, printing);
    try {
      if (this.#bytes > mostBytes) this.#beginAnew();
      else this.#write(printing, text);
    } catch (error) {
      // A full disk is told by what has to be written; the step itself goes on.
      this.#isBroken = true;
      process.emitWarning(`What steps print is kept only when they end: ${String(error)}`);
    }
  }

  /** The try is over: the journal has what it printed. */
  ended(name: string): void {
    this.#running.delete(name);
  }

  /** The journal has all that ended: nothing of it is left in the file. */
  settled(): void {
    if (this.#bytes === 0 || this.#running.size > 0 || this.#file === null) return;
    ftruncateSync(this.#file);
    this.#bytes = 0;
    this.#named = 0;
  }

  /** The run is over. */
  end(): void {
    if (this.#file === null) return;
    closeSync(this.#file);
    this.#file = null;
    rmSync(this.#path, { force: true });
  }

  #beginAnew(): void {
    if (this.#file !== null) ftruncateSync(this.#file);
    this.#bytes = 0;
    this.#named = 0;
    for (const printing of this.#running.values()) printing.number = null;
    for (const printing of this.#running.values()) this.#write(printing, "");
  }

  #write(printing: Printing, text: string): void {
    const { number, of } = printing;
    if (number === null) printing.number = this.#named++;
    const line: Line = number === null ? { of, text: printing.end() } : { to: number, text };
    this.#file ??= opened(this.#path);
    this.#bytes += writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

function opened(path: string): number {
  mkdirSync(join(path, ".."), { recursive: true });
  return openSync(path, "a");
}

/** A try as its prints tell of it. */
export interface PrintedTry {
  readonly of: PrintingTry;
  readonly text: string;
}

/** What tries of a run have printed that runs now or was killed; those too that are over. */
export function printedTries(project: Project, run: string): readonly PrintedTry[] {
  const path = printsPath(project, run);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return [];
  const tries: { readonly of: PrintingTry; text: string }[] = [];
  for (const text of readFileSync(path, "utf8").split("\n")) {
    const line = lineOf(text);
    if (line === null) break;
    if ("of" in line) tries.push({ of: line.of, text: line.text });
    else {
      const printed = tries[line.to];
      if (printed !== undefined) printed.text += line.text;
    }
  }
  return tries;
}

// The last line may not be whole: it is being written, or there was no room for it.
function lineOf(text: string): Line | null {
  try {
    return text === "" ? null : (JSON.parse(text) as Line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function printsPath({ stemmaFolder }: Project, run: string): string {
  return join(stemmaFolder, "prints", `${run}.jsonl`);
}
