import { describe, expect, it } from "vitest";
import { type FlowError, flow, type StepContext } from "../../src/flow/index.ts";
import { attemptsOf, cardsOf } from "../../src/flow/keep/index.ts";
import { findProject } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
const project = findProject(folder);

type Run = "inline" | "thread" | "process";

const drawn = (
  { x }: { x: number; tag?: string },
  { random, seed, item, attempt, checkpoint, card, log, signal }: StepContext,
) => {
  process.stdout.write(`printed ${x}\n`);
  log("logged", { x });
  card.markdown(`# ${x}`);
  card.table([{ x, big: 2n ** 70n }] as object[], { title: "rows" });
  card.progress(1, 2);
  card.progress(2, 2);
  const draws = [random(), random.int(6), random.normal()];
  return { x, item, attempt, seed, draws, stopped: signal.aborted, save: typeof checkpoint.save };
};
const counted = async ({ fails }: { fails: number; tag: string }, { checkpoint, attempt, card }: StepContext) => {
  const before = (await checkpoint.load()) as { at: number; bytes: Float64Array } | undefined;
  card.markdown(`try ${attempt}`);
  if (attempt <= fails) {
    await checkpoint.save({ at: (before?.at ?? 0) + 10, bytes: new Float64Array(20_000).fill(attempt) });
    process.stderr.write(`try ${attempt} ends\n`);
    throw new Error(`try ${attempt}`);
  }
  return { at: before?.at, last: before?.bytes.at(-1) };
};
const environment = (_: { tag: string }) => [process.env["STEMMA_NAMED"] ?? null, process.env["STEMMA_OWN"] ?? null];

const results: unknown[] = [];

describe.each(["inline", "thread", "process"] as const)("the context of a step that runs %s", (run) => {
  it("draws by chance what the step draws anywhere, other numbers for each item", async () => {
    const draws = flow(`draws ${run}`, { xs: [1, 2] }, (f, p) =>
      f.map(p.xs, (x) => f.step(drawn, { x }, { run, cache: false })),
    );
    const [one, two] = (await draws.run()).output;
    expect(one).toMatchObject({ x: 1, item: 0, attempt: 1, stopped: false, save: "function" });
    expect(two?.seed).not.toBe(one?.seed);
    expect(two?.draws).not.toEqual(one?.draws);
    results.push([one, two]);
    expect(results.every((other) => JSON.stringify(other) === JSON.stringify(results[0]))).toBe(true);
  });

  it("keeps what it shows and prints", async () => {
    const shown = flow(`shown ${run}`, {}, (f) => f.step(drawn, { x: 7, tag: run }, { run }));
    const { status } = await shown.run();
    const id = status.runId ?? "";
    const [card] = cardsOf(project, id);
    expect(card?.parts).toEqual([
      { kind: "markdown", text: "# 7" },
      { kind: "table", columns: ["x", "big"], rows: [{ x: 7, big: String(2n ** 70n) }], title: "rows" },
      { kind: "progress", done: 2, total: 2 },
    ]);
    const [attempt] = attemptsOf(project, id);
    expect(attempt).toMatchObject({ step: "drawn", state: "done", attempt: 1, reason: "never ran" });
    expect(attempt?.log()).toBe("printed 7\nlogged { x: 7 }\n");
  });

  it("goes on from the checkpoint of the try before, and shows the card of the last", async () => {
    const retry = { attempts: 3 };
    const counts = flow(`counts ${run}`, {}, (f) => f.step(counted, { fails: 2, tag: run }, { run, retry }));
    const { output, status } = await counts.run();
    expect(output).toEqual({ at: 20, last: 2 });
    expect(cardsOf(project, status.runId ?? "")[0]?.parts).toEqual([{ kind: "markdown", text: "try 3" }]);
    const tries = attemptsOf(project, status.runId ?? "");
    expect(tries.map(({ attempt, state }) => `${attempt} ${state}`)).toEqual(["1 failed", "2 failed", "3 done"]);
    expect(tries[1]?.log()).toBe("try 2 ends\n");
  });

  it("leaves its checkpoint to the next run when all tries failed", async () => {
    const fails = flow(`fails ${run}`, {}, (f) => f.step(counted, { fails: 1, tag: run }, { run }));
    const error: unknown = await fails.run().catch((thrown: unknown) => thrown);
    expect((error as FlowError).message).toContain("printed: try 1 ends");
    const goesOn = flow(`fails ${run}`, {}, (f) =>
      f.step(counted, { fails: 1, tag: run }, { run, retry: { attempts: 2 } }),
    );
    expect((await goesOn.run()).output).toEqual({ at: 20, last: 1 });
  });
});

describe("the environment of a step", () => {
  it.each(["thread", "process"] as const)("is its own in a %s", async (run: Run) => {
    process.env["STEMMA_NAMED"] = "named";
    const own = flow(`own ${run}`, {}, (f) => f.step(environment, { tag: run }, { run, env: { STEMMA_OWN: "own" } }));
    expect((await own.run()).output).toEqual(["named", "own"]);
    const named = flow(`named ${run}`, {}, (f) => f.step(environment, { tag: run }, { run, env: ["STEMMA_NAMED"] }));
    expect((await named.run()).output).toEqual(["named", null]);
    process.env["STEMMA_NAMED"] = "other";
    expect((await named.run()).output).toEqual(["other", null]);
    delete process.env["STEMMA_NAMED"];
  });

  it("cannot be had in the notebook's own thread", async () => {
    const inline = flow("inline env", {}, (f) =>
      f.step(environment, { tag: "inline" }, { run: "inline", env: { STEMMA_OWN: "own" } }),
    );
    await expect(inline.run()).rejects.toThrow('Say { run: "process" }');
  });
});

const spoils = ({ rows, nested, i }: Spoiled) => {
  const seen = [rows.length, rows[0]?.a, nested.list[0]?.[0]?.b];
  rows.sort((a, b) => b.a - a.a);
  rows.push({ a: i });
  for (const row of rows) row.a = -1;
  for (const parts of nested.list) for (const part of parts) part.b = -1;
  return seen;
};

interface Spoiled {
  readonly rows: { a: number }[];
  readonly nested: { list: { b: number }[][]; "\u00fc": string };
  readonly i: number;
}

it.each(["inline", "thread", "process"] as const)(
  "a long input is each item's own in %s, whatever the others did to it",
  async (run) => {
    const made = () => ({
      rows: Array.from({ length: 20_000 }, (_, a) => ({ a })),
      nested: { list: Array.from({ length: 9000 }, (_, b) => [{ b: b + 7 }]), ü: "ü" },
    });
    const spoiled = flow(`spoiled ${run}`, { is: [1, 2, 3, 4, 5, 6] }, (f, p) => {
      const long = f.step(made, {});
      return f.map(p.is, (i) => f.step(spoils, { rows: long.at("rows"), nested: long.at("nested"), i }, { run }));
    });
    expect((await spoiled.run()).output).toEqual(Array.from({ length: 6 }, () => [20_000, 0, 7]));
  },
);
