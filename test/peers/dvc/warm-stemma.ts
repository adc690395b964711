/**
 * Runs command lines of `stemma` quickly: the program is loaded once, each command runs in this process as `main(argv)`.
 * Started by warm.ts, which gives jobs over IPC and owns the files behind the standard output and error.
 */
import { main } from "../../../src/cli/index.ts";
import { errorFacts } from "../../../src/error.ts";

interface Job {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

async function play(job: Job): Promise<number> {
  for (const name of Object.keys(process.env)) if (!(name in job.env)) delete process.env[name];
  Object.assign(process.env, job.env);
  process.chdir(job.cwd);
  try {
    return await main(job.argv);
  } catch (thrown) {
    process.stderr.write(`not caught: ${errorFacts(thrown).stack}\n`);
    return -1;
  }
}

// Each command listens for a closed pipe; a program of its own does so once.
process.stdout.setMaxListeners(0);
process.on("message", (job: Job) => {
  void play(job).then((code) => process.send?.(code));
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
