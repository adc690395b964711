import { mkdirSync, mkdtempSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "@jupyterlab/galata";
import { writeNotebook } from "../support/notebook.ts";
import { kernelIdle, openBeside, openOnSameKernel, outputOf, startKernel } from "./lab-page.ts";

const shots = join(import.meta.dirname, "shots");

// Galata's list of kernels takes no interrupt, whose answer is empty.
test.use({ kernels: null });

const large = `import { flow } from "stemma";
const one = ({ n }: { n: number }): number => n + 1;
const count = ({ list }: { list: readonly number[] }): number => list.length;
await flow("sixty steps", { n: 1 }, (f, p) => {
  const ends = Array.from({ length: 12 }, (_, row) => {
    let at = f.step(one, { n: p.n }, { name: \`read the table \${row}\` });
    for (let i = 1; i < 5; i++) at = f.step(one, { n: at }, { name: \`prepare the table \${row}.\${i}\` });
    return at;
  });
  return f.step(count, { list: ends });
}).run();`;

const failing = `import { flow } from "stemma";
const fit = ({ country }: { country: string }): number => { if (country === "Österreich") throw new Error("the matrix is singular"); return 1; };
await flow("countries", { countries: ["Schweiz", "Österreich"] }, (f, p) => f.map(p.countries, (country) => f.step(fit, { country }))).run();`;

const endless = (name: string, items: number): string => `import { flow } from "stemma";
const ${name} = async (): Promise<void> => { console.log("in", process.pid); await new Promise((end) => setTimeout(end, 3_600_000)); };
await flow("endless-${name}", { n: ${items} }, (f, p) => f.map(f.range(p.n), () => f.step(${name}))).run();`;

let name = "";

// The kernels start while JupyterLab's page is loaded.
test.beforeAll(async () => {
  const folder = mkdtempSync(join(process.env.STEMMA_LAB_ROOT ?? "", "panel-"));
  name = basename(folder);
  mkdirSync(join(folder, "one"));
  mkdirSync(join(folder, "other"));
  writeNotebook(join(folder, "one", "a.ipynb"), "stemma", [large, endless("waitsHere", 2)]);
  writeNotebook(join(folder, "one", "b.ipynb"), "stemma", [failing, endless("waitsThere", 3)]);
  writeNotebook(join(folder, "other", "c.ipynb"), "stemma", ["1"]);
  await startKernel(`${name}/one/a.ipynb`);
  await startKernel(`${name}/one/b.ipynb`);
});

test("buttons do what they say; two notebooks of a project and one of another keep apart", async ({ page }) => {
  const panel = page.locator(".jp-stemma-Panel");
  const rows = panel.locator(".jp-stemma-Row");
  const runSecond = async (): Promise<void> => {
    await page.notebook.selectCells(1);
    await page.keyboard.press("Control+Enter");
  };
  await openBeside(page, `${name}/one/a.ipynb`);
  await page.getByRole("tab", { name: "Stemma" }).click();

  await test.step("an empty list gives a cell to copy, and a filter without a match a way back", async () => {
    for (const tab of ["Flows", "Data"]) {
      await panel.getByRole("tab", { name: tab }).click();
      await panel.getByRole("button", { name: "Copy a cell that makes one" }).click({ timeout: 30_000 });
      await expect(panel.getByRole("button", { name: "Copied: paste it into a cell" })).toBeVisible();
    }
    await panel.getByRole("tab", { name: "Flows" }).click();
    await panel.getByRole("searchbox").fill("nothing");
    await panel.getByRole("button", { name: "Show all" }).click();
    await expect(panel).toContainText("No flow ran here yet");
  });

  await test.step("a large graph and a long timeline are cropped; a button shows all", async () => {
    await kernelIdle(page);
    await page.notebook.runCell(0, true);
    const drawn = outputOf(page, "sixty steps").locator(".jp-stemma-Flow");
    await expect(drawn).toHaveAttribute("data-state", "done");
    const graph = drawn.locator(".jp-stemma-Graph");
    const height = async (): Promise<number> => (await graph.boundingBox())?.height ?? 0;
    await expect.poll(height).toBeLessThan(500);
    await drawn.scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(shots, "flow-cropped-light.png") });
    await drawn.getByRole("button", { name: "Show all 63 nodes" }).click();
    await expect.poll(height).toBeGreaterThan(500);
    const lanes = drawn.locator(".jp-stemma-Timeline-lane");
    await expect(lanes).toHaveCount(20);
    await drawn.getByRole("button", { name: "Show all 61 steps" }).click();
    await expect(lanes).toHaveCount(61);
  });

  await test.step("a flow of more steps than a page of the list has is one row, its steps folded", async () => {
    await panel.getByRole("tab", { name: "Runs" }).click();
    await expect(panel.locator(".jp-stemma-Line")).toHaveCount(1);
    await panel.locator(".jp-stemma-Fold").click();
    await expect(panel.locator(".jp-stemma-Line")).toHaveCount(51);
    await panel.getByRole("button", { name: "11 more" }).click();
    await expect(panel.locator(".jp-stemma-Line")).toHaveCount(62);
  });

  await test.step("the page of a failed run says where it failed, and with what", async () => {
    await openBeside(page, `${name}/one/b.ipynb`);
    await kernelIdle(page);
    await page.notebook.runCell(0, true);
    await panel.getByRole("tab", { name: "Flows" }).click();
    await expect(rows).toHaveCount(2);
    await rows.first().locator("button").click();
    const where = page.getByRole("region", { name: "Where it failed" });
    await expect(where).toContainText("cell 1, line 2");
    await expect(where).toContainText('country: "Österreich"');
    await page.screenshot({ path: join(shots, "flow-page-failed-light.png") });
  });

  const here = outputOf(page, "const waitsHere").locator(".jp-stemma-Flow");
  const there = outputOf(page, "const waitsThere").locator(".jp-stemma-Flow");
  await test.step("flows of two notebooks run at once, each drawn under its own cell and once in the panel", async () => {
    await page.activity.activateTab("a.ipynb");
    await runSecond();
    await expect(here).toHaveAttribute("data-state", "running", { timeout: 20_000 });
    await page.activity.activateTab("b.ipynb");
    await runSecond();
    await expect(there).toHaveAttribute("data-state", "running", { timeout: 20_000 });
    await expect(here).toHaveCount(1);
    await expect(here.locator('[data-node="step:waitsHere"]')).toContainText("0 of 2");
    await expect(there.locator('[data-node="step:waitsThere"]')).toContainText("0 of 3");
    await expect(rows.filter({ hasText: "running" })).toHaveCount(2);
    await expect(rows).toHaveCount(4);
  });

  await test.step("Stop stops the flow that it stands at", async () => {
    await there.getByRole("button", { name: "Stop" }).click();
    await expect(there).toHaveAttribute("data-state", "stopped");
    await expect(rows.filter({ hasText: "stopped" })).toHaveCount(1);
    await expect(here).toHaveAttribute("data-state", "running");
  });

  await test.step("a flow that died is noticed while a notebook of another project is in front", async () => {
    await openOnSameKernel(page, `${name}/other/c.ipynb`);
    await expect(panel).toContainText("No flow ran here yet");
    const told = await here.locator(".jp-stemma-Logs").textContent();
    process.kill(Number(/in (\d+)/.exec(told ?? "")?.[1]), "SIGKILL");
    await expect(here).toHaveAttribute("data-state", "failed", { timeout: 30_000 });
    await page.activity.activateTab("a.ipynb");
    await expect(rows.filter({ hasText: "lost" })).toHaveCount(1);
  });
});
