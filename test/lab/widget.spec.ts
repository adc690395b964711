import { mkdtempSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "@jupyterlab/galata";
import { writeNotebook } from "../support/notebook.ts";
import { openNotebook, outputOf } from "./lab-page.ts";

/** A button that counts in the browser, and shows what the kernel says. */
const counter = `import { widget } from "stemma";
const counter = widget({
  esm: \`export default { render({ model, el }) {
    const button = el.appendChild(document.createElement("button"));
    const said = el.appendChild(document.createElement("span"));
    button.className = "counter";
    said.className = "said";
    const draw = () => { button.textContent = "count " + model.get("count"); };
    const say = () => { said.textContent = model.get("said"); };
    button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); model.send({ clicked: model.get("count") }); };
    model.on("change:count", draw);
    model.on("change:said", say);
    model.on("msg:custom", (content, [bytes]) => { el.dataset.bytes = content.name + " " + bytes.getUint8(1); });
    draw();
    say();
  } };\`,
  css: ".counter { font-weight: bold }",
  state: { count: 0, said: "nothing" },
});
counter.on("count", (count) => counter.set({ said: \`heard \${count}\` }));
counter.onMessage((content) => counter.send({ name: "größe" }, [new Uint8Array([1, 40 + counter.state.count])]));
counter`;

const busy = `for (let count = 10; count < 13; count++) {
  await new Promise<void>((resolve) => { const off = counter.on("count", () => { off(); resolve(); }); });
  counter.set({ said: \`loop \${count}\` });
}
"loop ended"`;

test("a widget is drawn, clicked, told by the kernel while a cell runs, and lives through a reload", async ({
  page,
}) => {
  const served = process.env.STEMMA_LAB_ROOT ?? "";
  const folder = mkdtempSync(join(served, "widget-"));
  writeNotebook(join(folder, "widget.ipynb"), "stemma", [counter, busy, "counter.set({ count: 100 })"]);
  await openNotebook(page, `${basename(folder)}/widget.ipynb`);
  await page.notebook.runCell(0, true);
  const drawn = outputOf(page, "import { widget }");
  const button = drawn.locator("button.counter");
  const said = drawn.locator(".said");

  await test.step("a click reaches the kernel, and its answer the browser", async () => {
    await expect(button).toHaveText("count 0");
    await expect(button).toHaveCSS("font-weight", "700");
    for (const count of [1, 2, 3]) {
      await button.click();
      await expect(said).toHaveText(`heard ${count}`);
    }
    await expect(drawn.locator("[data-bytes]")).toHaveAttribute("data-bytes", "größe 43");
  });

  await test.step("it works while a cell runs", async () => {
    await page.notebook.selectCells(1);
    await page.keyboard.press("Control+Enter");
    const prompt = page.locator(".jp-CodeCell", { hasText: "loop ended" }).locator(".jp-InputPrompt");
    await expect(prompt).toHaveText("[*]:");
    for (const loop of [10, 11, 12]) {
      await button.click();
      await expect(said).toHaveText(`loop ${loop}`);
    }
    await expect(prompt).toHaveText("[2]:");
    await page.notebook.runCell(2, true);
    await expect(button).toHaveText("count 100");
    await page.screenshot({ path: join(import.meta.dirname, "shots", "widget-light.png") });
  });

  await test.step("after a reload it has its state, and lives", async () => {
    await page.notebook.save();
    // Galata's own reload also waits for parts of the application that no widget needs.
    await page.evaluate(() => window.location.reload());
    await expect(button).toHaveText("count 100", { timeout: 60_000 });
    await button.click();
    await expect(said).toHaveText("heard 101");
  });
});

const drawnValues = [
  `const spec = { $schema: "https://vega.github.io/schema/vega-lite/v5.json", title: "Größe", mark: "bar",
  data: { values: [{ a: "x", b: 3 }, { a: "y", b: 5 }] }, encoding: { x: { field: "a" }, y: { field: "b", type: "quantitative" } } };
spec`,
  'Buffer.from(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="20"/></svg>`)',
  `Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64")`,
  `import { DataFrame } from "danfojs-node"; new DataFrame({ größe: Array.from({ length: 300 }, (_, i) => i) }).head(3)`,
  `import { table } from "arquero"; table({ länge: Array.from({ length: 300 }, (_, i) => i) })`,
  "Array.from({ length: 1e6 }, (_, i) => i)",
];

test("values draw themselves: charts, images, frames, and a million numbers in a moment", async ({ page }) => {
  const folder = mkdtempSync(join(process.env.STEMMA_LAB_ROOT ?? "", "values-"));
  writeNotebook(join(folder, "values.ipynb"), "stemma", drawnValues);
  await openNotebook(page, `${basename(folder)}/values.ipynb`);
  await page.notebook.run();
  await expect(outputOf(page, "const spec").locator(".vega-embed canvas, .vega-embed svg").first()).toBeVisible();
  await expect(outputOf(page, "<circle").locator("img, svg").first()).toBeVisible();
  await expect(outputOf(page, "iVBORw").locator("img")).toHaveAttribute("src", /^data:image\/png;base64,/);
  await expect(outputOf(page, "DataFrame").locator("tbody tr")).toHaveCount(3);
  await expect(outputOf(page, "länge")).toContainText("100 of 300 rows.");
  await expect(outputOf(page, "1e6")).toContainText("(100 of 1,000,000 items. All: console.dir(");
  await page.screenshot({ path: join(import.meta.dirname, "shots", "values-light.png") });
});
