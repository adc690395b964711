import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CardPart } from "../../src/display/bundle.ts";
import { flowView } from "../../src/display/index.ts";
import { cardPage, markdownHtml } from "../../src/flow/client/index.ts";
import { flow, type StepContext } from "../../src/flow/index.ts";
import { findProject } from "../../src/store/index.ts";
import { openRuns } from "../../src/track/index.ts";
import { inProject } from "./support.ts";

const project = findProject(inProject());

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const show = ({ x, png }: { x: number; png: string }, ctx: StepContext): number => {
  ctx.card.markdown(`# Fit ${x}\n\n**bold** and <script>alert(1)</script>`);
  ctx.card.table([{ name: "a<b", value: x }], { title: "Rows" });
  ctx.card.vega({ mark: "bar", data: { values: [{ a: "</script>", b: 1 }] }, encoding: { x: { field: "a" } } });
  ctx.card.image(Buffer.from(png, "base64"), { title: "Picture" });
  ctx.card.progress(1, 3);
  ctx.card.progress(3, 3);
  if (x === 13) throw new Error("unlucky");
  return x;
};

const showTables = (_: object, ctx: StepContext): null => {
  ctx.card.table([
    { zeta: 1, alpha: 2 },
    { zeta: 3, mid: 1, alpha: 4 },
  ]);
  ctx.card.table([{ a: 2, b: 3, c: "not shown" }], { columns: ["b", "a"] });
  return null;
};

// As Jupyter saves a notebook.
function sortedKeys<T>(value: T): T {
  const sorted = (_: string, part: unknown): unknown =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  return JSON.parse(JSON.stringify(value, sorted)) as T;
}

describe.each(["inline", "thread", "process"] as const)("a card in %s", (run) => {
  const showing = flow(`showing-${run}`, { xs: [1, 2] }, (f, p) =>
    f.map(p.xs, (x) => f.step(show, { x, png: pixel }, { run })),
  );

  it("is kept with the run, and is an artifact of it: a page and its data", async () => {
    const done = await showing.run({ xs: run === "inline" ? [1, 2] : run === "thread" ? [3, 4] : [5, 6] });
    const [, second] = done.step("show").tasks;
    expect(second?.card?.parts.map(({ kind }) => kind)).toEqual(["markdown", "table", "vega", "image", "progress"]);
    expect(second?.card?.parts.at(-1)).toEqual({ kind: "progress", done: 3, total: 3 });
    const store = openRuns(project);
    expect((await store.artifacts(done.id, "cards")).map(({ path }) => path)).toEqual([
      "cards/show.html",
      "cards/show.json",
    ]);
    const data: unknown = JSON.parse(Buffer.from(await store.readArtifact(done.id, "cards/show.json")).toString());
    expect(data).toMatchObject([{ indices: [0] }, { indices: [1], parts: second?.card?.parts }]);
    const html = Buffer.from(await store.readArtifact(done.id, "cards/show.html")).toString();
    expect(html).toContain("<b>bold</b> and &lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).toContain(`data:image/png;base64,${pixel}`);
  });

  it("has the columns of its tables in their author's order, whoever sorts the keys of its JSON", async () => {
    const tables = flow(`tables-${run}`, {}, (f) => f.step(showTables, {}, { run }));
    for (const done of [await tables.run(), await tables.run()]) {
      const parts = flow.run(done.id).step("showTables").tasks[0]?.card?.parts as readonly CardPart[];
      const named = [
        ["zeta", "alpha", "mid"],
        ["b", "a"],
      ];
      expect(parts.map((part) => (part.kind === "table" ? part.columns : null))).toEqual(named);
      expect(parts[1]).toMatchObject({ rows: [{ b: 3, a: 2 }] });
      expect(parts[1]).not.toHaveProperty("rows.0.c");
      const [card] = flowView(done.status).cards ?? [];
      expect(card?.parts).toEqual(parts);
      const heads = /<th[^>]*>zeta<\/th><th[^>]*>alpha<\/th><th[^>]*>mid<\/th>/;
      expect(cardPage("T", sortedKeys(done.status.cards ?? []))).toMatch(heads);
    }
  });

  it("is drawn again where the step's result is kept, with the run that made it", async () => {
    const again = await showing.run({ xs: run === "inline" ? [1, 2] : run === "thread" ? [3, 4] : [5, 6] });
    const [first, second] = again.status.cards ?? [];
    expect(second?.parts.map(({ kind }) => kind)).toEqual(["markdown", "table", "vega", "image", "progress"]);
    expect([first?.madeBy, first?.indices, again.status.cards?.length]).toEqual([second?.madeBy, [0], 2]);
    expect(flow.run(second?.madeBy ?? "").id).not.toBe(again.id);
  });
});

it("a run that failed keeps the cards that it has", async () => {
  const failing = flow("failing", { x: 13 }, (f, p) => f.step(show, { x: p.x, png: pixel }, { run: "inline" }));
  await expect(failing.run()).rejects.toThrow("unlucky");
  const [failed] = failing.runs();
  expect(failed?.state).toBe("failed");
  expect(failed?.step("show").card?.parts).toHaveLength(5);
  expect(await openRuns(project).artifacts(failed?.id ?? "", "cards")).toHaveLength(2);
});

it("a page is drawn by a browser without a network: charts too", () => {
  const parts = [
    { kind: "markdown", text: "Before" },
    {
      kind: "vega",
      spec: { mark: "bar", data: { values: [{ a: "</script>", b: 2 }] }, encoding: { x: { field: "a" } } },
    },
  ];
  const path = join(project.root, "page.html");
  writeFileSync(path, cardPage("Fits & more", [{ step: "fit", indices: [2], parts }]));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=8000", "--dump-dom"];
  const dom = execFileSync("/usr/bin/chromium", [...flags, `file://${path}`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  expect(dom).toMatch(/<canvas|<svg/);
  expect(dom).not.toContain("<pre>{");
  expect(readFileSync(path, "utf8")).not.toMatch(/<script src=/);
});

it("Markdown is text, headings, lists, code, tables and links, and never HTML", () => {
  expect(
    markdownHtml("## A *b*\n\n- one\n- `x<y`\n\n1. a\n2. b\n\n[c](https://d.e/f?g=1&h=2) [i](javascript:alert(1))"),
  ).toBe(
    [
      "<h2>A <i>b</i></h2>",
      "<ul><li>one</li><li><code>x&lt;y</code></li></ul>",
      "<ol><li>a</li><li>b</li></ol>",
      '<p><a href="https://d.e/f?g=1&amp;h=2" rel="noreferrer">c</a> [i](javascript:alert(1))</p>',
    ].join("\n"),
  );
  expect(markdownHtml("```ts\nif (a < b) {}\n\nc\n```\n| a | b |\n| - | - |\n| 1 | 2 |")).toBe(
    "<pre><code>if (a &lt; b) {}\n\nc</code></pre>\n<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
  );
});

it("a table that an earlier version kept has the columns of all its rows", () => {
  const parts = [{ kind: "table", title: null, rows: [{ b: 1 }, { a: 2, b: 3 }] }];
  const html = cardPage("old", [{ step: "old", indices: [], parts }]);
  expect(html).toMatch(/<th[^>]*>b<\/th><th[^>]*>a<\/th>/);
});

it.each([
  [(card: StepContext["card"]) => card.progress("x" as never), "and got 'x' of 100"],
  [(card: StepContext["card"]) => card.progress(1, 0), "and got 1 of 0"],
  [(card: StepContext["card"]) => card.progress(Number.NaN), "and got NaN of 100"],
  [(card: StepContext["card"]) => card.markdown(5 as never), "card.markdown() takes a text, and got 5"],
  [(card: StepContext["card"]) => card.table({ a: 1 } as never), "a list of records, and got { a: 1 }"],
  [(card: StepContext["card"]) => card.table([], { columns: "a" as never }), "a list of names, and got 'a'"],
  [(card: StepContext["card"]) => card.vega("bar" as never), "as a record, and got 'bar'"],
  [(card: StepContext["card"]) => card.image("a.png" as never), "SVG file, and got 'a.png'"],
] as const)("a card refuses what it cannot draw, with the value: %s", async (draw, told) => {
  const wrong = flow("wrong", {}, (f) =>
    f.step((_: object, ctx: StepContext) => draw(ctx.card), {}, { run: "inline", name: "draws" }),
  );
  await expect(wrong.run()).rejects.toThrow(told);
});
