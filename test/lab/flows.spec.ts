import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "@jupyterlab/galata";
import { openModels } from "../../src/track/index.ts";
import { writeNotebook } from "../support/notebook.ts";
import { openNotebook, outputOf } from "./lab-page.ts";

const shots = join(import.meta.dirname, "shots");

const definition = `import { flow, version } from "stemma";
const cases = await version("data/cases.csv");
function load({ path }: { path: string }, ctx: any): number[] {
  console.log("reading", path.split("/").at(-1));
  const rows = [1, 2, 3, 4].map((day) => ({ day, cases: day * day }));
  ctx.card.markdown("**4 days** of cases");
  ctx.card.table(rows, { title: "The first days" });
  ctx.card.vega({ data: { values: rows }, mark: "line", encoding: { x: { field: "day", type: "quantitative" }, y: { field: "cases", type: "quantitative" } } });
  return rows.map((row) => row.cases);
}
async function fitOne({ data, beta }: { data: number[]; beta: number }): Promise<number> {
  console.log("beta", beta);
  if (beta < 0) throw new Error("beta is under 0");
  return beta * data.length;
}
const better = ({ x }: { x: number }): number => x / 2;
const isGood = ({ x }: { x: number }): boolean => x < 1;
const kind = ({ x }: { x: number }): "small" | "large" => (x < 1 ? "small" : "large");
const report = ({ x }: { x: number }): string => \`small: \${x}\`;
const warn = ({ x }: { x: number }): string => \`large: \${x}\`;
const largest = ({ fits }: { fits: readonly number[] }): number => Math.max(...fits);
const choose = flow("choose", { fits: [1] }, (f, p) => f.step(largest, { fits: p.fits }));
const all = flow("fit-seir", { betas: [1, 2, 3] }, (f, p) => {
  const data = f.step(load, { path: f.file("data/cases.csv") });
  const fits = f.map(p.betas, (beta) => f.step(fitOne, { data, beta }));
  const best = f.use(choose, { fits });
  const fine = f.loop(best, (x) => { const next = f.step(better, { x }); return { next, until: f.step(isGood, { x: next }) }; }, { max: 8 });
  f.note("the best beta by its fit", best);
  return f.when(f.step(kind, { x: fine }), { small: () => f.step(report, { x: fine }), large: () => f.step(warn, { x: fine }) });
});
const done = await all.run();`;

const endless = `const forever = async (): Promise<void> => { console.log("still here", process.pid); await new Promise((end) => setTimeout(end, 3_600_000)); };
await flow("endless", { n: 1 }, (f, p) => f.map(f.range(p.n), () => f.step(forever))).run({ n: 2 });`;

const failing = `await all.run({ betas: [1, -1] });`;

test("flows, data and models are found in the panel, and told under the cell", async ({ page }) => {
  const folder = mkdtempSync(join(process.env.STEMMA_LAB_ROOT ?? "", "flows-"));
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "cases.csv"), "day,cases\n1,1\n2,4\n");
  writeNotebook(join(folder, "flows.ipynb"), "stemma", [definition, failing, endless]);
  await openNotebook(page, `${basename(folder)}/flows.ipynb`);
  const panel = page.locator(".jp-stemma-Panel");
  await page.getByRole("tab", { name: "Stemma" }).click();

  await test.step("an empty project says in each tab how to begin", async () => {
    for (const [name, words] of [
      ["Flows", "No flow ran here yet"],
      ["Data", "No data is versioned here yet"],
      ["Models", "No model is registered here yet"],
    ] as const) {
      await panel.getByRole("tab", { name }).click();
      // The first question starts the server.
      await expect(panel).toContainText(words, { timeout: 30_000 });
    }
    await page.screenshot({ path: join(shots, "panel-empty-light.png") });
  });

  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);

  await test.step("under the cell stand branches, rounds, the sub-flow's box, the note and the card", async () => {
    const drawn = outputOf(page, "const done = await").locator(".jp-stemma-Flow");
    await expect(drawn).toHaveAttribute("data-state", "done");
    await expect(drawn.locator('[data-node="step:warn"]')).toHaveAttribute("data-state", "skipped");
    await expect(drawn.locator('[data-kind="choice"]')).toContainText("took small");
    await expect(drawn.locator('[data-node="step:better"]')).toContainText("better ↻ 4");
    await expect(drawn.locator(".jp-stemma-Box")).toHaveCount(2);
    await expect(drawn.getByRole("list", { name: "Notes" })).toContainText("the best beta by its fit");
    const card = drawn.getByRole("region", { name: "Card of load" });
    await expect(card.locator("strong")).toHaveText("4 days");
    await expect(card.locator("tbody tr")).toHaveCount(4);
    await expect(card.locator("canvas, svg").first()).toBeVisible();
    await drawn.scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(shots, "flow-light.png") });
  });

  await test.step("a failed run shows the end of its log", async () => {
    const drawn = outputOf(page, "await all.run({ betas").locator(".jp-stemma-Flow");
    await expect(drawn).toHaveAttribute("data-state", "failed");
    await expect(drawn.locator(".jp-stemma-Logs")).toContainText("beta -1");
    await drawn.scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(shots, "flow-failed-light.png") });
  });

  await test.step("the panel lists both runs; a click opens tasks and logs", async () => {
    await panel.getByRole("tab", { name: "Flows" }).click();
    await expect(panel.locator(".jp-stemma-Row")).toHaveCount(2);
    await expect(panel.locator(".jp-stemma-Row").first()).toContainText("beta is under 0");
    await page.screenshot({ path: join(shots, "panel-flows-light.png") });
    await panel.getByRole("searchbox", { name: "Runs of flows" }).fill("done");
    await expect(panel.locator(".jp-stemma-Row")).toHaveCount(1);
    await panel.locator(".jp-stemma-Row button").click();
    const tab = page.locator(".jp-stemma-Tab");
    await tab.locator('[data-task="fitOne 1"]').getByRole("button", { name: "Log" }).click();
    await expect(tab.locator(".jp-stemma-Tries pre.jp-stemma-Log")).toHaveText("beta 2\n");
    await expect(tab.getByRole("region", { name: "Card of load" })).toContainText("4 days");
    await page.screenshot({ path: join(shots, "flow-page-light.png") });
  });

  await test.step("data leads to its versions and to what used them", async () => {
    await panel.getByRole("tab", { name: "Data" }).click();
    await panel.locator(".jp-stemma-Row button", { hasText: "cases.csv" }).click();
    await expect(panel.locator(".jp-stemma-Detail")).toContainText("1 version");
    await expect(panel.locator(".jp-stemma-Detail")).toContainText("step load of fit-seir");
    await page.screenshot({ path: join(shots, "panel-data-light.png") });
    await page.keyboard.press("Escape");
    await expect(panel.locator(".jp-stemma-Row")).toHaveCount(1);
  });

  await test.step("of 2,000 models those in sight are drawn; keys go through all", async () => {
    const models = openModels(folder);
    for (let at = 0; at < 2000; at++) await models.createModel(`model-${String(at).padStart(4, "0")}`);
    await models.createVersion("model-0007", { source: "runs:/0/model" });
    await models.setAlias({ name: "model-0007", version: 1 }, "champion");
    await panel.getByRole("tab", { name: "Models" }).click();
    const rows = panel.locator(".jp-stemma-Row");
    await expect(rows.first()).toHaveAttribute("aria-setsize", "2000");
    expect(await rows.count()).toBeLessThan(60);
    await rows.first().locator("button").focus();
    await page.keyboard.press("End");
    await expect(panel.locator('[data-at="1999"]')).toBeFocused();
    await page.screenshot({ path: join(shots, "panel-models-light.png") });
    await panel.getByRole("searchbox", { name: "Registered models" }).fill("0007");
    await expect(rows).toHaveCount(1);
    await rows.locator("button").click();
    await expect(panel.locator(".jp-stemma-Detail")).toContainText("@champion");
  });

  await test.step("dark and narrow", async () => {
    await page.theme.setDarkTheme();
    await page.screenshot({ path: join(shots, "panel-models-dark.png") });
    await panel.getByRole("tab", { name: "Flows" }).click();
    await expect(panel.locator(".jp-stemma-Row").first()).toBeVisible();
    await page.activity.activateTab("flows.ipynb");
    await outputOf(page, "const done = await").getByRole("region", { name: "Card of load" }).scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(shots, "flow-dark.png") });
  });

  await test.step("a server that is gone is told above what was there; it is asked again, and its answer drawn", async () => {
    const gone = "**/stemma/panel/**";
    await page.route(gone, (route) => route.fulfill({ status: 502, body: "bad gateway" }));
    await expect(panel.locator(".jp-stemma-Trouble")).toContainText("The Stemma server does not answer (502).");
    await expect(panel.locator(".jp-stemma-Row")).toHaveCount(2);
    await page.screenshot({ path: join(shots, "panel-trouble-dark.png") });
    await page.unroute(gone);
    await panel.getByRole("button", { name: "Try again" }).click();
    await expect(panel.locator(".jp-stemma-Trouble")).toHaveCount(0);
  });

  await test.step("a flow that runs is seen in the panel without a storm of questions; one whose process is killed is lost", async () => {
    let asked = 0;
    page.on("request", (request) => {
      if (request.url().includes("/stemma/panel/")) asked++;
    });
    const drawn = outputOf(page, "const forever").locator(".jp-stemma-Flow");
    await page.notebook.selectCells(2);
    await page.keyboard.press("Control+Enter");
    await expect(drawn).toHaveAttribute("data-state", "running", { timeout: 20_000 });
    await expect(drawn.locator('[data-node="step:forever"]')).toContainText("0 of 2");
    await expect(drawn.locator(".jp-stemma-Logs")).toContainText("still here");
    await expect(panel.locator(".jp-stemma-Row").first()).toContainText("running");
    expect(asked).toBeLessThan(20);
    const told = await drawn.locator(".jp-stemma-Logs").innerText();
    process.kill(Number(/still here (\d+)/.exec(told)?.[1]), "SIGKILL");
    await expect(panel.locator(".jp-stemma-Row").first()).toContainText("lost");
    await expect(drawn).toHaveAttribute("data-state", "failed", { timeout: 20_000 });
    await expect(drawn).toContainText("The process that ran it is gone.");
    await expect(drawn.getByRole("button", { name: "Stop" })).toHaveCount(0);
    await page.screenshot({ path: join(shots, "flow-lost-dark.png") });
  });
});
