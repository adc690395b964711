import { mkdirSync, mkdtempSync } from "node:fs";
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
  mkdirSync(folder, { recursive: true });
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
    await page.reload();
    await expect(button).toHaveText("count 100", { timeout: 30_000 });
    await button.click();
    await expect(said).toHaveText("heard 101");
  });
});
