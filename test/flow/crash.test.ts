import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { expected } from "./fixtures/crash-flow.ts";

/** STEMMA_ALL_CRASHES=1 dies at every write (some minutes); otherwise at so many, spread evenly. */
const samples = process.env["STEMMA_ALL_CRASHES"] === "1" ? Number.POSITIVE_INFINITY : 8;
const together = 2;

interface Crash {
  readonly n: number;
  readonly died: string;
  readonly lost: readonly string[];
  readonly output: number;
  readonly repeated: readonly string[];
  readonly fits: number;
  readonly after: readonly string[];
}

const program = fileURLToPath(new URL("./fixtures/crash-all.ts", import.meta.url));

async function lines<T>(numbers: readonly number[]): Promise<readonly T[]> {
  const args = [program, ...numbers.map(String)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: tmpdir(), maxBuffer: 1e8 });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

it("a flow that is killed at any write goes on to the same results, and repeats no step that was kept", async () => {
  const [count = 0] = await lines<number>([]);
  expect(count).toBeGreaterThan(200);
  const step = Math.max(1, Math.floor(count / samples));
  // Both ends, and evenly between them.
  const numbers = Array.from({ length: Math.ceil(count / step) }, (_, i) => Math.min(count, 1 + i * step));
  const shares = Array.from({ length: together }, (_, share) => numbers.filter((_, i) => i % together === share));
  const crashes = (await Promise.all(shares.map((share) => lines<Crash>(share)))).flat();
  expect(crashes.length).toBe(numbers.length);
  const digests = JSON.stringify(crashes[0]?.after);
  for (const crash of crashes) {
    expect(crash, `killed at write ${crash.n}`).toMatchObject({
      died: "SIGKILL",
      output: expected,
      repeated: [],
      fits: 5,
    });
    expect(JSON.stringify(crash.after), `killed at write ${crash.n}`).toBe(digests);
    // A run that was begun is known to be lost; none still "runs".
    expect(["", "lost", "done"]).toContain(crash.lost.join(" "));
  }
}, 3_600_000);
