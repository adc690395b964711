import { execFileSync } from "node:child_process";
import { fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode, flow } from "../../src/flow/index.ts";
import { host, useHost } from "../../src/host/index.ts";
import { tool } from "../support/tools.ts";
import { type Bench, milliseconds, pairs, type Row, row } from "./bench.ts";

const stepCount = 20;

/** A step that does nothing, durably kept, against the write of its result and against Metaflow. Time per step. */
export const bench: Bench = { name: "flow", rows };

async function* rows(): AsyncIterable<Row> {
  const folder = mkdtempSync(join(tmpdir(), "stemma-bench-flow-"));
  const before = process.cwd();
  process.chdir(folder);
  const here = host();
  // Nothing is drawn: a terminal would be measured.
  useHost({ ...here, show: () => ({ id: "", update: () => {} }) });
  try {
    const synced = await pairs(line, written);
    yield row(
      {
        ...head(`a line of ${stepCount} no-op steps, per step`),
        peerName: "write + fdatasync of the result",
        goal: null,
      },
      synced,
    );
    const wide = await pairs(fan, written);
    yield row(
      { ...head("a map of 1,000 no-op steps, per step"), peerName: "write + fdatasync of the result", goal: null },
      wide,
    );
    writeFileSync(join(folder, "noop.py"), metaflow);
    const theirs = await pairs(line, () => metaflowSteps(folder), 3);
    yield row(
      { ...head(`a line of ${stepCount} no-op steps, per step`), peerName: "Metaflow", goal: "<= 0.05" },
      theirs,
    );
  } finally {
    useHost(here);
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
}

function head(name: string): { readonly bench: string; readonly case: string; readonly unit: string } {
  return { bench: "flow", case: name, unit: "ms" };
}

let runs = 0;

/** A param that no run had before: nothing is cached. */
async function line(): Promise<number> {
  const next = ({ n }: { n: number }): number => n + 1;
  const steps = flow("line", { start: 0 }, (f, p) => {
    let at = f.step(next, { n: p.start });
    for (let i = 1; i < stepCount; i++) at = f.step(next, { n: at });
    return at;
  });
  runs++;
  return (await milliseconds(() => steps.run({ start: runs * 1000 }))) / stepCount;
}

async function fan(): Promise<number> {
  const next = ({ n }: { n: number }): number => n + 1;
  runs++;
  const items = Array.from({ length: 1000 }, (_, i) => runs * 1_000_000 + i);
  const map = flow("fan", { items }, (f, p) => f.map(p.items, (n) => f.step(next, { n })));
  return (await milliseconds(() => map.run())) / items.length;
}

function written(): Promise<number> {
  const file = openSync("raw.bin", "a");
  const text = encode(1_000_001);
  return milliseconds(() => {
    for (let i = 0; i < stepCount; i++) {
      writeSync(file, text);
      fdatasyncSync(file);
    }
  }).then((ms) => ms / stepCount);
}

/** The time that Metaflow itself takes for the flow, from its first step's start to its last one's end, per step. */
function metaflowSteps(folder: string): number {
  const environment = { ...process.env, HOME: folder, USERNAME: "bench", METAFLOW_USER: "bench" };
  const start = performance.now();
  execFileSync(tool("python"), ["noop.py", "--no-pylint", "run"], { cwd: folder, env: environment, stdio: "pipe" });
  return (performance.now() - start) / (stepCount + 2);
}

const middle = Array.from({ length: stepCount }, (_, i) => {
  const next = i === stepCount - 1 ? "end" : `s${i + 1}`;
  return `    @step\n    def s${i}(self):\n        self.n = self.n + 1\n        self.next(self.${next})\n`;
});

const metaflow = `from metaflow import FlowSpec, step

class Noop(FlowSpec):
    @step
    def start(self):
        self.n = 0
        self.next(self.s0)
${middle.join("\n")}
    @step
    def end(self):
        pass

if __name__ == "__main__":
    Noop()
`;
