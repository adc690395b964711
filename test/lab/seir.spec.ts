import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jupyterlab/galata";
import { openRuns, type RunRecord } from "../../src/track/index.ts";
import { runNotebook } from "../support/notebook.ts";
import { openNotebook, outputOf, runAllCells } from "./lab-page.ts";
import { type Served, serveNotebooks } from "./served.ts";

const shots = join(import.meta.dirname, "shots");

/** What the store knows, best run first. */
async function runsOf(served: Served, experiment: string): Promise<readonly RunRecord[]> {
  const runs = openRuns(served.path);
  const found = await runs.experimentByName(experiment);
  if (found === null) return [];
  return (await runs.searchRuns({ experimentIds: [found.id], orderBy: ["metrics.rmse ASC"] })).runs;
}

test("the notebook, run in JupyterLab, shows what its store holds", async ({ page }) => {
  const served = serveNotebooks();
  await openNotebook(page, `${served.name}/seir.ipynb`);
  await runAllCells(page);

  const runs = await runsOf(served, "seir");
  const [best] = runs;
  if (best === undefined) throw new Error("the notebook left no run of seir");
  expect(runs).toHaveLength(9);

  await test.step("the comparison has a row for each run, the best one marked", async () => {
    const table = outputOf(page, "metrics.rmse < 30").locator(".jp-stemma-Runs");
    const close = runs.filter(({ metrics }) => (metrics["rmse"]?.value ?? Number.NaN) < 30);
    await expect(table.locator("tr[data-run]")).toHaveCount(close.length);
    const marked = table.locator("tr[data-run]", { has: page.locator("td.jp-mod-metric.jp-mod-best") }).first();
    await expect(marked).toHaveAttribute("data-run", best.id);
    for (const param of ["sigma", "gamma"]) await expect(marked).toContainText(best.params[param] ?? "?");
    await table.scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(shots, "comparison-light.png") });
  });

  await test.step("the flow says how each step ended", async () => {
    await expect(outputOf(page, "await fitSeir.run()").locator(".jp-stemma-Flow")).toHaveAttribute(
      "data-state",
      "done",
    );
  });

  await test.step("the lineage leads from the counts to the runs", async () => {
    const graph = outputOf(page, "cases.lineage()").locator(".jp-stemma-Graph");
    await expect(graph.locator(".jp-stemma-Node", { hasText: "cases.csv" })).toHaveCount(1);
    for (const name of ["seir × 9", "fitOne × 9"])
      await expect(graph.locator(".jp-stemma-Node", { hasText: name }).first()).toBeVisible();
    expect(await graph.locator(".jp-stemma-Edge").count()).toBeGreaterThan(2);
    await graph.scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(shots, "lineage-light.png") });
  });

  await test.step("the side panel lists the experiments; a click on a run opens its page", async () => {
    await page.getByRole("tab", { name: "Stemma" }).click();
    const panel = page.locator(".jp-stemma-Panel");
    await expect(panel).toContainText("seir");
    await panel.locator(`[data-run="${best.id}"]`).getByRole("button", { name: best.name }).click();
    const run = page.locator(".jp-stemma-Run");
    await expect(run).toContainText(best.name);
    await expect(run).toContainText(best.params["gamma"] ?? "?");
    await page.screenshot({ path: join(shots, "run-light.png") });
  });

  await test.step("table and panel stand side by side", async () => {
    await page.activity.activateTab("seir.ipynb");
    await outputOf(page, "metrics.rmse < 30").locator(".jp-stemma-Runs").scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(shots, "jupyterlab-light.png") });
  });

  await test.step("the dark theme is drawn, too", async () => {
    await page.theme.setDarkTheme();
    await page.screenshot({ path: join(shots, "jupyterlab-dark.png") });
    await page.activity.activateTab(best.name);
    await page.screenshot({ path: join(shots, "run-dark.png") });
  });
});

test("a notebook that is only opened shows its outputs, trusted or not, and runs nothing", async ({ page }) => {
  const [made, opened] = [serveNotebooks(), serveNotebooks()];
  const notebook = await runNotebook(join(made.path, "seir.ipynb"));
  writeFileSync(join(opened.path, "seir.ipynb"), JSON.stringify(notebook));

  await openNotebook(page, `${opened.name}/seir.ipynb`);
  await expect(outputOf(page, "metrics.rmse < 30").locator(".jp-stemma-Runs tr[data-run]")).toHaveCount(6);
  await page.getByRole("tab", { name: "Stemma" }).click();
  await expect(page.locator(".jp-stemma-Panel")).toContainText(/No runs in .* yet/);
  expect(existsSync(join(opened.path, "stemma"))).toBe(false);
});
