import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { openRuns } from "../../../src/track/index.ts";
import { type Row, row } from "../bench.ts";

const face = JSON.stringify(join(import.meta.dirname, "../../../src/track/index.ts"));
const kills = 50;

/** Tells each thousandth point after it was acknowledged, until it is killed. */
const program = `
import { writeSync } from "node:fs";
import { track } from ${face};
const run = await track({ experiment: "killed", sync: "call" });
writeSync(1, run.id + "\\n");
for (let i = 0; ; i++) {
  run.log({ rmse: i }, { step: i });
  if (i % 100 === 99) writeSync(1, i + 1 + "\\n");
}`;

/** Points that were acknowledged and are not there, in all of 50 processes that were killed while they logged. */
export async function killedRow(folder: string): Promise<Row> {
  let acknowledged = 0;
  let lost = 0;
  for (let i = 0; i < kills; i++) {
    const { id, told } = await killOne(folder, 20 + i);
    const points = await openRuns(folder).metricHistory(id, "rmse");
    const kept = points.filter(({ step, value }, place) => step === place && value === place).length;
    acknowledged += told;
    lost += Math.max(0, told - kept);
  }
  const head = { bench: "track", case: `kill -9 x ${kills}: acknowledged points lost`, unit: "" };
  return row({ ...head, peerName: "acknowledged", goal: "<= 0" }, { ours: lost, peer: acknowledged });
}

async function killOne(folder: string, lines: number): Promise<{ readonly id: string; readonly told: number }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += chunk;
    // At any moment of the loop: it does not wait for us.
    if (printed.split("\n").length > lines) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  const [id = "", ...counts] = printed.split("\n").slice(0, -1);
  return { id, told: Number(counts.at(-1) ?? 0) };
}
