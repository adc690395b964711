import { spawn } from "node:child_process";
import { StemmaError } from "../../../../error.ts";

/** Slurm is not there, or refused what it was asked. */
export class SlurmError extends StemmaError {}

/** Slurm did not do what it was asked. */
export class SlurmRefusedError extends SlurmError {
  /** What it wrote to its stderr. */
  readonly said: string;

  constructor(program: string, code: number | null, said: string) {
    super("SLURM_FAILED", `${program} ended with exit code ${code}: ${said}`);
    this.said = said;
  }
}

/** What a program of Slurm gets besides its arguments. */
export interface Given {
  readonly input?: string;
  /** Besides this process's environment: of it sbatch reads SBATCH_PARTITION and its like. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs one of Slurm's programs; gives its stdout. @throws {SlurmError} in a sentence */
export function slurm(program: string, args: readonly string[], given: Given = {}): Promise<string> {
  return new Promise((done, failed) => {
    const env = { ...process.env, ...given.env };
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env });
    let out = "";
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    // A program that ends before it has read all tells why by its exit.
    child.stdin.on("error", () => {});
    child.stdin.end(given.input ?? "");
    child.once("error", (cause: NodeJS.ErrnoException) => failed(cause.code === "ENOENT" ? missing(program) : cause));
    child.once("close", (code) => {
      if (code === 0) done(out);
      else failed(new SlurmRefusedError(program, code, said.trim() || out.trim()));
    });
  });
}

function missing(program: string): SlurmError {
  return new SlurmError(
    "SLURM_MISSING",
    `${program} is not on this machine: { run: "slurm" } needs Slurm's programs. Run the flow where jobs are submitted, or say { run: "process" }.`,
  );
}

/** How a job stands, in Slurm's words, by its id: "12" or, of an array, "12_3". Ended ones are forgotten after some minutes. */
export async function jobStates(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const args = ["--noheader", "--array", "--states=all", "--format=%i|%T|%r", `--jobs=${ids.join(",")}`];
  const out = await slurm("squeue", args).catch((error: unknown) => {
    // When it has forgotten all of them, it says so by an error.
    if (error instanceof SlurmRefusedError && error.said.includes("Invalid job id")) return "";
    throw error;
  });
  const lines = out.split("\n").filter((line) => line.includes("|"));
  return new Map(
    lines.map((line) => {
      const [id = "", state = "", reason = ""] = line.trim().split("|");
      return [id, reason === "None" || reason === "" ? state : `${state}, ${reason}`];
    }),
  );
}

/** The jobs of this user that wait or run, by id. */
export async function ownJobs(): Promise<ReadonlySet<string>> {
  const out = await slurm("squeue", ["--me", "--noheader", "--array", "--format=%i"]);
  return new Set(out.split("\n").map((line) => line.trim()));
}

/** How the program of a job ended, as `[exit code, signal]`; null where Slurm has forgotten it. */
export async function exitOf(id: string): Promise<readonly [number, number] | null> {
  const out = await slurm("scontrol", ["--oneliner", "show", "job", id]).catch(() => "");
  const [, code, signal] = / ExitCode=(\d+):(\d+)/.exec(out) ?? [];
  return code === undefined ? null : [Number(code), Number(signal)];
}

let size: Promise<number> | null = null;

/** Jobs of one array at most: 1,000 where nobody changed it. */
export function arraySize(): Promise<number> {
  size ??= slurm("scontrol", ["show", "config"]).then(
    (out) => Math.min(1000, Math.max(1, Number(/MaxArraySize\s*=\s*(\d+)/.exec(out)?.[1] ?? 1001) - 1)),
    // What is wrong with Slurm is told where a job is submitted.
    () => 1000,
  );
  return size;
}

const running: RegExp =
  /^(PENDING|RUNNING|CONFIGURING|COMPLETING|SUSPENDED|REQUEUED|RESIZING|SIGNALING|STAGE_OUT|STOPPED)/;

/** Whether a state is one that something may still come of. */
export function mayEnd(state: string): boolean {
  return running.test(state);
}
