import { join } from "node:path";
import { expect, test } from "@jupyterlab/galata";
import { root } from "../support/tools.ts";
import { openNotebook, outputOf, runAllCells } from "./lab-page.ts";
import { serveNotebooks } from "./served.ts";

test.use({ viewport: { width: 1240, height: 1150 } });

test("the README's picture: a flow's run and the comparison under their cells, the runs beside them", async ({
  page,
}) => {
  await openNotebook(page, `${serveNotebooks().name}/seir.ipynb`);
  await runAllCells(page);
  await expect(outputOf(page, "cases.lineage()").locator(".jp-stemma-Graph")).toBeAttached();
  await page.getByRole("tab", { name: "Stemma" }).click();
  await expect(page.locator(".jp-stemma-Panel")).toContainText("seir");
  const cell = page.locator(".jp-CodeCell", { hasText: "await fitSeir.run()" });
  await cell.evaluate((node) => node.scrollIntoView({ block: "start" }));
  await expect(cell.locator(".jp-stemma-Flow svg")).toBeVisible();
  await expect(outputOf(page, "metrics.rmse < 30").locator(".jp-stemma-Chart-vega svg").first()).toBeVisible();
  await cell.evaluate((node) => node.scrollIntoView({ block: "start" }));
  await page.screenshot({ path: join(root, "docs", "jupyterlab.png") });
});
