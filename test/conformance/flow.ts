/**
 * What a flow does with the code of cells, whatever the place: the same cells in each kernel, the same lines in a script.
 * Each fact is printed; what it has to be stands in {@link flowFacts}.
 */

/** The files of the folder. */
export const flowFiles: Readonly<Record<string, string>> = {
  "cases größe.txt": "3\n8\n26\n",
  "model.ts":
    "const unit = 10;\nfunction half(x: number): number {\n  return x / 2;\n}\nexport function model(x: number): number {\n  return half(x) * unit;\n}\n",
};

/** Another text of a helper than that of {@link flowCells}. */
export const changedHelper = `function scale(x: number): number { return x * (rates.get("a") ?? 0) + 1; }`;

/** @param imports the lines that give `flow`, `readFileSync` and `model` there; @param helper the text of scale() */
export function flowCells(
  imports: string,
  helper = `function scale(x: number): number { return x * (rates.get("a") ?? 0); }`,
): readonly string[] {
  return [imports, `const rates = new Map([["a", 2]]);\n${helper}`, steps, ...facts, reasons("second")];
}

/** Looks at the flow once more. */
export function reasons(fact: string): string {
  return `await told("${fact}", async () => best.status().steps.map((s) => s.step + " " + s.state + ": " + s.reason));`;
}

const steps = `class Line {
  by: number;
  constructor(by: number) { this.by = by; }
  apply({ x }: { x: number }): number { return x * this.by; }
}
const line = new Line(3);
let count = 0;
function load({ file }: { file: string }): number[] { return readFileSync(file, "utf8").trim().split("\\n").map(Number); }
function fit({ x }: { x: number }): number { return scale(x); }
function total({ xs }: { xs: number[] }): number { return xs.reduce((a, b) => a + b, 0); }
function double({ x }: { x: number }): number { return x * 2; }
function big({ x }: { x: number }): boolean { return x > 20; }
function size({ x }: { x: number }): "small" | "large" { return x < 50 ? "small" : "large"; }
function modelled({ x }: { x: number }): number { return model(x); }
function counting({ x }: { x: number }): number { count += x; return count; }
function failing({ x }: { x: number }): number { throw new RangeError("no fit for " + x); }
async function told(fact: string, work: () => Promise<unknown>): Promise<void> {
  try {
    console.log("\\nfact " + JSON.stringify([fact, await work()]));
  } catch (error) {
    console.log("\\nfact " + JSON.stringify([fact, String((error as Error).message)]));
  }
}`;

const facts = [
  `const best = flow("best", { by: 3 }, (f, p) => {
  const xs = f.step(load, { file: f.file("cases größe.txt") });
  return f.step(total, { xs: f.map(xs, (x) => f.step(fit, { x: x }), { max: 2 }) });
});
await told("first", async () => (await best.run()).output);`,
  `const control = flow("control", { x: 3 }, (f, p) => {
  const grown = f.loop(p.x, (x) => {
    const next = f.step(double, { x: x });
    return { next: next, until: f.step(big, { x: next }) };
  }, { max: 9 });
  return f.when(f.step(size, { x: grown }), { small: () => grown, large: () => 0 });
});
const command = flow("command", {}, (f) => {
  const sorted = f.exec("sort -r {data} > {out}", { deps: { data: "cases größe.txt" }, outs: { out: "sorted.txt" } });
  return f.step(load, { file: sorted.at("out") });
});
await told("control", async () => (await control.run()).output);
await told("command", async () => (await command.run()).output);`,
  `await told("object", async () => (await flow("object", { x: 2 }, (f, p) => f.step(line.apply.bind(line), { x: p.x })).run()).output);
await told("arrow", async () => (await flow("arrow", { x: 2 }, (f, p) => f.step(({ x }: { x: number }) => scale(x), { x: p.x })).run()).output);
await told("module", async () => (await flow("module", { x: 2 }, (f, p) => f.step(modelled, { x: p.x })).run()).output);
await told("inline", async () => (await flow("inline", { x: 2 }, (f, p) => f.step(({ x }: { x: number }) => x + scale(1) * 0, { x: p.x }, { run: "inline" })).run()).output);
const long = Array.from({ length: 20000 }, (_, i) => i);
await told("process", async () => (await flow("process", { xs: long }, (f, p) => f.step(total, { xs: p.xs }, { run: "process" })).run()).output);
await told("misuse", async () => flow("misuse", { x: 1 }, (f, p) => f.step(double, { x: (p.x as any) + 1 })));
await told("mutation", async () => flow("mutation", { x: 1 }, (f, p) => f.step(counting, { x: p.x })));
await told("failure", async () => (await flow("failure", { x: 4 }, (f, p) => f.step(failing, { x: p.x })).run()).output);`,
];

const stays = "same code and inputs as on";
const noInspector = "which cannot be seen here: Deno's kernel has no inspector for us";

/** What each fact has to be: a value, or what a text begins with or contains. */
export const flowFacts: Readonly<Record<string, unknown>> = {
  first: 74,
  second: [`load cached: ${stays}`, `fit cached: `, `total cached: `],
  control: 24,
  command: [8, 3, 26],
  object: 6,
  arrow: 4,
  module: 10,
  inline: 2,
  process: 199990000,
  misuse: "p.x has no value yet (used in arithmetic, a comparison or a text)",
  mutation: "it changes `count`, a variable outside, of which a thread has its own copy",
  failure: 'flow "failure", step failing: no fit for 4',
};

/** Where Deno's kernel differs: a step there is a function of a cell. */
export const denoFacts: Readonly<Record<string, unknown>> = {
  ...flowFacts,
  object: "the source of apply() is not known",
  arrow: `it uses \`scale\`, ${noInspector}. Declare it and what it calls as function name() { … } of a cell`,
  module: `it uses \`unit\`, ${noInspector}, through model()`,
};
