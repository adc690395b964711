import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tool } from "../../support/tools.ts";

/** Steps of the line: each takes Metaflow half a second. */
export const lineLength = 20;

const middle = Array.from({ length: lineLength }, (_, i) => {
  const next = i === lineLength - 1 ? "end" : `s${i + 1}`;
  return `    @step\n    def s${i}(self):\n        self.n = self.n + 1\n        self.next(self.${next})\n`;
});

const lineFlow = `from metaflow import FlowSpec, step

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

const mapFlow = `from metaflow import FlowSpec, step

class Fan(FlowSpec):
    @step
    def start(self):
        self.items = list(range(100))
        self.next(self.one, foreach="items")

    @step
    def one(self):
        self.n = self.input + 1
        self.next(self.join)

    @step
    def join(self, inputs):
        self.all = [one.n for one in inputs]
        self.next(self.end)

    @step
    def end(self):
        pass

if __name__ == "__main__":
    Fan()
`;

function timeOf(folder: string, text: string, options: readonly string[] = []): number {
  const name = "peer.py";
  writeFileSync(join(folder, name), text);
  const env = { ...process.env, HOME: folder, USERNAME: "bench", METAFLOW_USER: "bench" };
  const start = performance.now();
  execFileSync(tool("python"), [name, "--no-pylint", "run", ...options], { cwd: folder, env, stdio: "pipe" });
  return performance.now() - start;
}

/** Metaflow's time for a line of no-op steps, per step. */
export function metaflowLine(folder: string): number {
  return timeOf(folder, lineFlow) / (lineLength + 2);
}

/** Metaflow's time for a foreach over 100 items with two workers, all of it. */
export function metaflowMap(folder: string): number {
  return timeOf(folder, mapFlow, ["--max-workers", "2"]);
}
