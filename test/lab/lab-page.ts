import type { IJupyterLabPageFixture } from "@jupyterlab/galata";
import { expect } from "@jupyterlab/galata";
import type { Locator } from "@playwright/test";

/** The part of JupyterLab's application that a test asks; Galata's server exposes it as `window.jupyterapp`. */
interface Application {
  readonly commands: { execute(id: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> };
  readonly shell: {
    readonly currentWidget: {
      readonly sessionContext?: {
        readonly session?: {
          readonly kernel?: { readonly id: string; readonly name: string; readonly status: string };
        };
      };
    } | null;
  };
}

/** Opens a notebook and waits for its kernel: a cell that is run before that is never sent. */
export async function openNotebook(page: IJupyterLabPageFixture, path: string): Promise<void> {
  expect(await page.notebook.openByPath(path)).toBe(true);
  await kernelIdle(page);
}

/** Starts the kernel of a notebook before a page opens it, and does not wait for it. */
export async function startKernel(path: string): Promise<void> {
  const body = JSON.stringify({ path, name: path, type: "notebook", kernel: { name: "stemma" } });
  const started = await fetch(`http://127.0.0.1:${process.env.STEMMA_LAB_PORT}/api/sessions`, { method: "POST", body });
  expect(started.status).toBe(201);
}

/** Opens a notebook where another panel stands in place of the file browser, in which Galata looks for it. */
export async function openBeside(page: IJupyterLabPageFixture, path: string): Promise<void> {
  await page.evaluate(async (opened) => {
    const { jupyterapp } = window as unknown as { jupyterapp: Application };
    await jupyterapp.commands.execute("docmanager:open", { path: opened });
  }, path);
}

/** The same on the kernel of the notebook in front: one more would take seconds to start. */
export async function openOnSameKernel(page: IJupyterLabPageFixture, path: string): Promise<void> {
  await page.evaluate(async (opened) => {
    const { jupyterapp } = window as unknown as { jupyterapp: Application };
    const { id, name } = jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel ?? {};
    await jupyterapp.commands.execute("docmanager:open", { path: opened, kernel: { id, name } });
  }, path);
}

/** Waits until the kernel of the notebook in front can take a cell. */
export async function kernelIdle(page: IJupyterLabPageFixture): Promise<void> {
  const status = () =>
    page.evaluate(() => {
      const { jupyterapp } = window as unknown as { jupyterapp: Application };
      return jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status;
    });
  await expect.poll(status, { timeout: 60_000 }).toBe("idle");
}

/** Runs all cells as a person does from the menu, and waits for the last. */
export async function runAllCells(page: IJupyterLabPageFixture): Promise<void> {
  await page.evaluate(() => {
    const { jupyterapp } = window as unknown as { jupyterapp: Application };
    return jupyterapp.commands.execute("notebook:run-all-cells");
  });
}

/** The output of the code cell that contains a text, which no other cell may. */
export function outputOf(page: IJupyterLabPageFixture, source: string): Locator {
  return page.locator(".jp-CodeCell", { hasText: source }).locator(".jp-OutputArea-output");
}
