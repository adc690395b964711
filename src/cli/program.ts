import { Command, CommanderError } from "commander";
import { errorFacts } from "../error.ts";
import type { Register } from "./command.ts";
import { registerData } from "./data.ts";
import { registerDoctor } from "./doctor.ts";
import { failureCode, usageCode } from "./exit-code.ts";
import { registerExport } from "./export.ts";
import { packageVersion } from "./package-version.ts";
import { registerRuns } from "./runs.ts";
import { registerServe } from "./serve.ts";

const commands: readonly Register[] = [registerRuns, registerData, registerExport, registerServe, registerDoctor];

/**
 * Runs one command line.
 *
 * @param argv what stands behind `stemma`
 * @returns the exit code: 0, 1 for an error, 2 for a wrong use; the DVC verbs end as DVC's do
 */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = stemma();
  for (const register of commands) {
    register(program, (other) => {
      code = other;
    });
  }
  // `stemma runs list | head` closes the pipe early: that is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (thrown) {
    return failed(thrown, argv[0] ?? "");
  }
}

function stemma(): Command {
  return new Command("stemma")
    .description("Track runs, version data and run flows from TypeScript notebooks")
    .version(packageVersion(), "--version")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, "ERROR:")) })
    .showHelpAfterError("(see --help)");
}

function failed(thrown: unknown, verb: string): number {
  if (thrown instanceof CommanderError) {
    // Help and version "fail" with 0; a wrong use has been told already.
    if (thrown.exitCode === 0) return 0;
    return usageCode(verb);
  }
  const { message, stack } = errorFacts(thrown);
  const debug = process.env["STEMMA_DEBUG"] === "1" && stack !== undefined;
  process.stderr.write(`ERROR: ${debug ? stack : message}\n`);
  return failureCode(thrown, verb);
}
