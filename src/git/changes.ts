import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** What a working tree has that its commit has not. */
export interface Changes {
  /** `git diff HEAD` of whole files, binary ones included, at most 1 MB; `git apply` takes it. Notebooks are left out. */
  readonly diff: Uint8Array;
  /** Files that the diff is of, from the top of the repository. */
  readonly files: readonly string[];
  /** Changed files whose diff had no room. */
  readonly leftOut: readonly string[];
  /** Files that git neither tracks nor ignores; a folder of them by its name with `/`. */
  readonly untracked: readonly string[];
}

const mostBytes = 1_000_000;
/** What is read of git's answer at all. */
const readBytes = 32_000_000;
const limitMs = 10_000;

// A notebook's outputs are most of its text, and the cells that ran are kept by themselves.
const diffArguments = [
  ...["-c", "core.quotePath=false", "diff", "HEAD", "--binary", "--no-color", "--no-ext-diff", "--no-textconv"],
  ...["--no-renames", "--", ":(top)", ":(top,exclude,glob)**/*.ipynb"],
];
const untrackedArguments = [
  ...["ls-files", "--others", "--exclude-standard", "--directory", "--no-empty-directory", "--full-name", "-z"],
  ...["--", ":(top)"],
];

/** What differs from the commit in the repository around a folder, asked in the background; null outside of one, or without git. */
export async function changesOf(folder: string): Promise<Changes | null> {
  const [diff, untracked] = await Promise.all([output(folder, diffArguments), output(folder, untrackedArguments)]);
  return changesFrom(diff, untracked);
}

/** The same at once: for a run that ends before the background has answered. Two seconds at most. */
export function changesNow(folder: string): Changes | null {
  return changesFrom(outputNow(folder, diffArguments), outputNow(folder, untrackedArguments));
}

function changesFrom(diff: Output | null, untracked: Output | null): Changes | null {
  if (untracked === null) return null;
  const names = untracked.bytes.toString("utf8").split("\0");
  // Without a commit there is nothing to differ from.
  return {
    ...wholeFiles(diff ?? { bytes: Buffer.alloc(0), cut: false }),
    untracked: names.filter((name) => name !== ""),
  };
}

/** What git said; cut where that was more than we read. */
interface Output {
  readonly bytes: Buffer;
  readonly cut: boolean;
}

/** The parts of a diff that fit, the small ones first, in the diff's order. */
export function wholeFiles({ bytes: diff, cut }: Output): Omit<Changes, "untracked"> {
  const parts = partsOf(diff);
  const whole = cut ? parts.slice(0, -1) : parts;
  const fitting = new Set<Part>();
  let bytes = 0;
  for (const part of [...whole].sort((a, b) => a.bytes.length - b.bytes.length)) {
    bytes += part.bytes.length;
    if (bytes > mostBytes) break;
    fitting.add(part);
  }
  const kept = parts.filter((part) => fitting.has(part));
  return {
    diff: Buffer.concat(kept.map((part) => part.bytes)),
    files: kept.map((part) => part.path),
    leftOut: parts.filter((part) => !fitting.has(part)).map((part) => part.path),
  };
}

interface Part {
  readonly path: string;
  readonly bytes: Buffer;
}

const mark = "diff --git ";

function partsOf(diff: Buffer): readonly Part[] {
  const starts: number[] = diff.subarray(0, mark.length).toString("latin1") === mark ? [0] : [];
  for (let at = diff.indexOf(`\n${mark}`); at >= 0; at = diff.indexOf(`\n${mark}`, at + 1)) starts.push(at + 1);
  return starts.map((start, index) => {
    const bytes = diff.subarray(start, starts[index + 1] ?? diff.length);
    return { path: pathOf(bytes.subarray(mark.length, bytes.indexOf("\n")).toString("utf8")), bytes };
  });
}

/** `a/PATH b/PATH`: without renames both are one path, so it is half of the line. */
function pathOf(header: string): string {
  return header.slice(2, (header.length - 1) / 2).replace(/^\/(.*)"$/, "$1");
}

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" });

function outputNow(folder: string, args: readonly string[]): Output | null {
  if (!existsSync(folder)) return null;
  const { status, stdout, error } = spawnSync("git", args, {
    cwd: folder,
    timeout: 1_000,
    maxBuffer: readBytes,
    stdio: ["ignore", "pipe", "ignore"],
    env: environment(),
  });
  const cut = (error as NodeJS.ErrnoException | undefined)?.code === "ENOBUFS";
  return status === 0 || cut ? { bytes: stdout, cut } : null;
}

/** Standard output of git; null when it fails or is missing. Never keeps the process alive. */
function output(folder: string, args: readonly string[]): Promise<Output | null> {
  if (!existsSync(folder)) return Promise.resolve(null);
  const child = spawn("git", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"], env: environment() });
  child.unref();
  unrefPipe(child);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => child.kill(), limitMs).unref();
    child.stdout?.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= readBytes) chunks.push(chunk);
      else child.kill();
    });
    child.once("error", () => resolve(null));
    child.once("close", (code) => {
      clearTimeout(timer);
      const cut = bytes > readBytes;
      resolve(code === 0 || cut ? { bytes: Buffer.concat(chunks), cut } : null);
    });
  });
}

function unrefPipe({ stdout }: ChildProcess): void {
  const pipe: unknown = stdout;
  if (typeof pipe === "object" && pipe !== null && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
}
