import { spawn } from "node:child_process";
import { StemmaError } from "../../../../error.ts";

/** Slurm is not there, or refused what it was asked. */
export class SlurmError extends StemmaError {}

/** Runs one of Slurm's programs; gives its stdout. @throws {SlurmError} in a sentence */
export function slurm(program: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
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
    child.stdin.end(input);
    child.once("error", (cause: NodeJS.ErrnoException) => failed(cause.code === "ENOENT" ? missing(program) : cause));
    child.once("close", (code) => {
      if (code === 0) done(out);
      else
        failed(new SlurmError("SLURM_FAILED", `${program} ended with exit code ${code}: ${said.trim() || out.trim()}`));
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
    if (error instanceof SlurmError && error.message.includes("Invalid job id")) return "";
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

const running: RegExp =
  /^(PENDING|RUNNING|CONFIGURING|COMPLETING|SUSPENDED|REQUEUED|RESIZING|SIGNALING|STAGE_OUT|STOPPED)/;

/** Whether a state is one that something may still come of. */
export function mayEnd(state: string): boolean {
  return running.test(state);
}
