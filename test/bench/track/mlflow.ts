import { execFileSync } from "node:child_process";
import { tool } from "../../support/tools.ts";

/**
 * Runs a Python program with MLflow 3.17.2 on SQLite in a folder, without a server between: its fastest way.
 *
 * @param program sees `mlflow`, `time` and `n`, and prints the milliseconds that it measured
 */
export function mlflowMilliseconds(folder: string, n: number, program: string): number {
  const head = `
import logging, sys, time
logging.disable(logging.INFO)
import mlflow
mlflow.set_tracking_uri("sqlite:///" + sys.argv[1] + "/mlflow.db")
mlflow.set_experiment("bench")
n = int(sys.argv[2])
`;
  const text = execFileSync(tool("python"), ["-c", head + program, folder, String(n)], {
    encoding: "utf8",
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Number(text.trim().split("\n").at(-1));
}
