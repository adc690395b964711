import { mkdtempSync } from "node:fs";
import { basename, join } from "node:path";
import { copyNotebooks } from "../support/notebook.ts";

/** A copy of notebooks/ below the folder that JupyterLab serves: `path` on the disk, `name` as JupyterLab knows it. */
export interface Served {
  readonly path: string;
  readonly name: string;
}

/** A fresh copy of notebooks/, with no store yet, for one test. */
export function serveNotebooks(): Served {
  const served = process.env.STEMMA_LAB_ROOT;
  if (served === undefined) throw new Error("STEMMA_LAB_ROOT is not set; run this through playwright.config.ts");
  const path = mkdtempSync(join(served, "notebooks-"));
  copyNotebooks(path);
  return { path, name: basename(path) };
}
