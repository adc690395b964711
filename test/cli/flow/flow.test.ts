import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { emptyFolder, startStemma, stemma } from "../stemma.ts";

const fit = `
import { flow } from "stemma";
function load({ n }: { n: number }, ctx: { card: { markdown(text: string): void } }): number[] {
  console.log("loading", n);
  ctx.card.markdown("**" + n + " rows**");
  return Array.from({ length: n }, (_, i) => i);
}
function fitOne({ data, beta }: { data: number[]; beta: number }): number {
  console.log("beta is", beta);
  if (beta < 0) throw new Error("beta is under 0");
  return beta * data.length;
}
export const best = flow("fit", { betas: [1, 2], n: 3 }, (f, p) => {
  const data = f.step(load, { n: p.n });
  return f.map(p.betas, (beta) => f.step(fitOne, { data, beta }, { run: "inline" }));
});
`;

const cells = [
  'import { flow } from "stemma";\nimport { scale } from "./lib";',
  "const cases: number[] = await Promise.resolve([1, 2, 3]);",
  "interface In { readonly xs: number[]; readonly k: number }\nfunction total({ xs, k }: In): number { return xs.length * scale(k); }",
  'const base = flow("base", { k: 2 }, (f, p) => f.step(total, { xs: cases, k: p.k }));',
  'const twice = flow("twice", { k: 3 }, (f, p) => f.step(({ x }: { x: number }) => x * 2, { x: f.use(base, { k: p.k }) }, { name: "double" }));',
  'throw new Error("a cell that no flow needs");',
];

let folder = "";

beforeAll(() => {
  folder = emptyFolder();
  writeFileSync(join(folder, "fit.ts"), fit);
  writeFileSync(join(folder, "lib.ts"), "export const scale = (x: number): number => x * 10;\n");
  const cell = (source: string, at: number) => ({
    cell_type: "code",
    id: `c${at}`,
    metadata: {},
    outputs: [],
    execution_count: null,
    source,
  });
  const notebook = {
    cells: cells.map(cell),
    metadata: { language_info: { name: "typescript" } },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(join(folder, "über uns.ipynb"), JSON.stringify(notebook));
});

describe("stemma flow", () => {
  it("runs a file's flow with params, tells what failed, and goes on from there", { timeout: 60_000 }, () => {
    const failed = stemma(folder, "flow", "run", "fit.ts", "--betas=2,-1");
    expect(failed.code).toBe(1);
    expect(failed.out).toContain("load: done");
    expect(failed.out).not.toContain("\u001b");
    expect(failed.out).toMatch(/^\[load\] loading 3\n(?:.*\n)*\[fitOne\[1\]\] beta is -1\n/);
    expect(failed.err).toContain('ERROR: flow "fit", step fitOne, item 1: beta is under 0');
    expect(failed.err).toContain('\nat fit.ts, line 10: if (beta < 0) throw new Error("beta is under 0");\n');
    const [, id = ""] = / run ([0-9a-f]{8})\n$/.exec(failed.out) ?? [];
    expect(failed.err).toMatch(
      new RegExp(`\\nWhat finished is kept: stemma flow resume ${id} goes on from there\\.\n$`),
    );

    const logs = stemma(folder, "flow", "logs", "last/fitOne/1");
    expect(logs.out).toBe("== fitOne/1: failed\nbeta is -1\nbeta is under 0\n");
    expect(stemma(folder, "flow", "card", "last/load").out).toBe("**3 rows**\n");

    writeFileSync(join(folder, "fit.ts"), fit.replace("if (beta < 0) throw", "if (beta < -9) throw"));
    const resumed = stemma(folder, "flow", "resume");
    expect(resumed.err).toBe("");
    expect(resumed.out).toContain("load: cached");
    expect(resumed.out).toContain(`Goes on with run ${id} of fit (failed).\n`);
    expect(resumed.out).toMatch(/\[ 6, -3 \]\n$/);
    expect(stemma(folder, "flow", "resume").err).toBe(
      "ERROR: No run of a flow is left unfinished here. Name one: stemma flow resume ID.\n",
    );
    const status = stemma(folder, "flow", "status", id).out;
    expect(status).toMatch(/^fit {2}failed · .* · run /);
    expect(status).toMatch(/✗ fitOne +1\/2 +failed .* item 1: beta is under 0\n/);
    expect(status).toContain("inputs: { data: [0,1,2], beta: -1 }");
    expect(stemma(folder, "flow", "card", "last/load").out).toMatch(
      /^== load \(kept, made by run [0-9a-f]{8}\)\n\*\*3 rows/,
    );
    expect(stemma(folder, "flow", "logs", "last/load").out).toMatch(
      /^== load: cached \(made by run [0-9a-f]{8}\)\nloading 3\n$/,
    );
    const [row] = JSON.parse(stemma(folder, "flow", "list", "--json").out).runs;
    expect(row).toMatchObject({ flow: "fit", state: "done", params: { betas: [2, -1], n: 3 } });
  });

  it("runs a part of a flow, and tells a name that no step has", { timeout: 60_000 }, () => {
    const part = stemma(folder, "flow", "run", "fit.ts", "--n", "4", "--to", "load");
    expect([part.err, part.code]).toEqual(["", 0]);
    expect(part.out).toContain("load: done");
    expect(part.out).not.toContain("fitOne: done");
    const above = stemma(folder, "flow", "status", "fit.ts", "--n", "4", "--to", "load");
    expect([above.out.includes("load  cached"), above.out.includes("fitOne"), above.err]).toEqual([true, false, ""]);
    const below = stemma(folder, "flow", "status", "fit.ts", "--n", "99", "--from", "fitOne").out;
    expect(below).toContain("note: load is left out by from, to or tags, and what it gives is needed and not kept");
    expect(stemma(folder, "flow", "status", "last", "--to", "load").err).toContain("a run has all of its steps");
    const unknown = stemma(folder, "flow", "run", "fit.ts", "--from", "lod");
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain('"lod"');
  });

  it("writes an event a line for programs, and what steps print elsewhere", { timeout: 60_000 }, () => {
    const { out, err } = stemma(folder, "flow", "run", "fit.ts", "--n", "5", "--json");
    const events = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: "run", flow: "fit", steps: 2 });
    expect(events.at(-1)).toMatchObject({ event: "end", state: "done", output: [5, 10], error: null });
    expect(events).toContainEqual(expect.objectContaining({ event: "step", step: "fitOne", state: "done", total: 2 }));
    expect(err).toContain("[load] loading 5\n");
  });

  it("takes a flow with those that it uses for one, and asks for the name where there are several", {
    timeout: 60_000,
  }, () => {
    const text = `import { flow } from "stemma";
const half = ({ n }: { n: number }): number => n / 2;
const halved = flow("halved", { n: 8 }, (f, p) => f.step(half, { n: p.n }));
flow("quartered", { n: 8 }, (f, p) => f.step(half, { n: f.use(halved, { n: p.n }) }));
`;
    writeFileSync(join(folder, "parts.ts"), `${text}flow("other", (f) => f.step(half, { n: 6 }));\n`);
    const several = stemma(folder, "flow", "run", "parts.ts");
    expect([several.code, several.err]).toEqual([
      1,
      "ERROR: parts.ts has 3 flows: halved, quartered, other. Say which one: --flow NAME.\n",
    ]);
    writeFileSync(join(folder, "parts.ts"), text);
    expect(stemma(folder, "flow", "run", "parts.ts").out).toMatch(/\n2\n$/);
    expect(stemma(folder, "flow", "run", "parts.ts", "--flow", "halved").out).toMatch(/\n4\n$/);
  });

  it("loads of a notebook what its flows need", { timeout: 60_000 }, () => {
    expect(stemma(folder, "flow", "run", "über uns.ipynb", "--flow", "twice", "--k", "4").out).toMatch(/\n240\n$/);
    const status = JSON.parse(
      stemma(folder, "flow", "status", "über uns.ipynb", "--flow=twice", "--k=4", "--json").out,
    );
    expect(status.steps.map(({ state }: { state: string }) => state)).toEqual(["cached", "cached"]);
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
    const path = join(folder, "über uns.ipynb");
    writeFileSync(path, readFileSync(path, "utf8").replace("scale(k); }", "scale(k) + 1; }"));
    expect(stemma(folder, "flow", "status", "über uns.ipynb", "--flow=twice", "--k=4").out).toContain(
      "base-total  stale  code of total changed (cell 3)",
    );
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "ends within a second of %s, with what a shell counts as that, and the run is one that was stopped",
    {
      timeout: 60_000,
    },
    async (signal, code) => {
      const slow =
        'import { flow } from "stemma";\nexport const slow = flow("slow", {}, (f) => f.step(async function wait() { console.log("waits"); await new Promise((r) => setTimeout(r, 60_000)); return 1; }, {}));\n';
      writeFileSync(join(folder, "slow.ts"), slow);
      const child = startStemma(folder, "flow", "run", "slow.ts", "--max-workers", "1");
      let err = "";
      child.stderr?.on("data", (chunk) => {
        err += chunk;
      });
      const ended = new Promise((resolve) => child.on("close", (exit, by) => resolve(exit ?? by)));
      const waits = new Promise((resolve) => {
        child.stdout?.on("data", (chunk) => String(chunk).includes("waits") && resolve("waits"));
      });
      expect(await Promise.race([ended, waits])).toBe("waits");
      child.kill(signal);
      expect(await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve("late"), 3000))])).toBe(code);
      const [run] = JSON.parse(stemma(folder, "flow", "list", "--json").out).runs;
      expect(run).toMatchObject({ flow: "slow", state: "stopped" });
      expect(err).toContain(
        `slow was stopped. What finished is kept: stemma flow resume ${run.id.slice(0, 8)} goes on`,
      );
    },
  );

  it("says what a file lacks", { timeout: 60_000 }, () => {
    expect(stemma(folder, "flow", "run", "no.ts").err).toBe("ERROR: There is no file no.ts.\n");
    expect(stemma(folder, "flow", "show", "lib.ts").err).toBe("ERROR: lib.ts defines no flow.\n");
  });

  it("tells a flow's params where its help is asked for", { timeout: 60_000 }, () => {
    const { out, code } = stemma(folder, "flow", "run", "fit.ts", "--help");
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: stemma flow run \[options\] <file> \[params\.\.\.\]\n/);
    expect(out).toMatch(/fit takes, with these defaults:\n {2}--betas <list> {2}\[1,2\]\n {2}--n <number> {4}3\n$/);
    expect(stemma(folder, "flow", "run").err).toContain("missing required argument 'file'");
  });
});

describe("what is not there", () => {
  beforeAll(() => {
    stemma(folder, "flow", "run", "fit.ts");
  }, 60_000);

  it.each([
    [["logs", "last/fitne"], 'has no step "fitne". Did you mean "fitOne"? It has load, fitOne.'],
    [["logs", "last/fitOne/7"], "step fitOne has no item 7, it has 2 from 0 to 1."],
    [["card", "last/fitOne/7"], "step fitOne has no item 7, it has 2 from 0 to 1."],
    [["card", "last/fitOne/1"], "last/fitOne/1 has no card."],
    [["status", "0123abcd"], 'No flow had a run "0123abcd" here.'],
    [["resume", "last", "--from", "lod"], 'has no step "lod". Did you mean "load"?'],
    [["run", "fit.ts", "--flow", "fti"], 'fit.ts has no flow "fti". Did you mean "fit"? It has fit.'],
    [["gc"], "What may go was not said: --keep-runs 10 keeps the newest ten of each flow, or --older-than 30d."],
  ])("tells what there is in place of %j", { timeout: 60_000 }, (args, words) => {
    const { err, code } = stemma(folder, "flow", ...args);
    expect([err, code]).toEqual([expect.stringContaining(words), 1]);
  });

  it("tells which flows ran where the one asked for did not", { timeout: 60_000 }, () => {
    expect(stemma(folder, "flow", "list", "fti").out).toMatch(
      /^No runs of flow "fti"\. Did you mean "fit"\? Flows that ran here: .*fit.*\.\n$/,
    );
  });
});
