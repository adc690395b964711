import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, tool } from "../support/tools.ts";
import { type Bench, milliseconds, pairs, type Row, row } from "./bench.ts";

/** `stemma repro` of many small stages beside real DVC: when all have to run, and when none has. */
export const bench: Bench = { name: "pipeline", rows };

const head = { bench: "pipeline", unit: "ms", peerName: "dvc repro", goal: "<= 0.1" };

async function* rows(): AsyncIterable<Row> {
  const base = mkdtempSync(join(tmpdir(), "stemma-bench-pipeline-"));
  try {
    // Real DVC takes minutes for 400: one pair.
    for (const [stages, times] of [
      [100, 3],
      [400, 1],
    ] as const) {
      let made = 0;
      const fresh = (): string => newProject(join(base, `${stages}-${made++}`), stages);
      const run = async (tool: Tool): Promise<number> => milliseconds(() => repro(tool, fresh()));
      const pair =
        times === 1
          ? { ours: await run("stemma"), peer: await run("dvc") }
          : await pairs(
              () => run("stemma"),
              () => run("dvc"),
              times,
            );
      yield row({ ...head, case: `repro of ${stages} stages` }, pair);
    }
    const done = newProject(join(base, "done"), 400);
    repro("stemma", done);
    const again = (tool: Tool) => (): Promise<number> => milliseconds(() => repro(tool, done));
    yield row({ ...head, case: "repro of 400 stages, none changed" }, await pairs(again("stemma"), again("dvc"), 3));
  } finally {
    rmSync(base, { recursive: true });
  }
}

type Tool = "stemma" | "dvc";

function newProject(folder: string, stages: number): string {
  mkdirSync(folder, { recursive: true });
  execFileSync("git", ["init", "-q"], { cwd: folder });
  execFileSync(tool("dvc"), ["init", "-q"], { cwd: folder });
  const items = Array.from({ length: stages }, (_, i) => `      - s${i}\n`).join("");
  writeFileSync(join(folder, "in.txt"), "1\n");
  writeFileSync(
    join(folder, "dvc.yaml"),
    `stages:\n  many:\n    foreach:\n${items}    do:\n      cmd: echo \${item} > \${item}.txt\n      deps:\n      - in.txt\n      outs:\n      - \${item}.txt\n`,
  );
  return folder;
}

function repro(who: Tool, folder: string): void {
  const main = join(root, "dist", "cli", "main.js");
  const [program, args] = who === "dvc" ? [tool("dvc"), ["repro", "-q"]] : [process.execPath, [main, "repro", "-q"]];
  const env = { ...process.env, DVC_NO_ANALYTICS: "1", DVC_SITE_CACHE_DIR: join(folder, ".dvc", "tmp", "site") };
  execFileSync(program, args, { cwd: folder, env, stdio: "ignore" });
}
