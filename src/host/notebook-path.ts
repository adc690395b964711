import { existsSync } from "node:fs";
import { basename, isAbsolute, join, sep } from "node:path";

/** Where a kernel can be told which notebook it serves; values as the front ends set them. */
export interface NotebookHints {
  /** `JPY_SESSION_NAME` of jupyter_server: relative to its root, or absolute in newer versions. */
  readonly session: string | undefined;
  /** `STEMMA_NOTEBOOK`: set by people and by headless runners. */
  readonly variable: string | undefined;
  /** The notebook of a cell's metadata, or `__vsc_ipynb_file__`: both of VS Code's Jupyter extension. */
  readonly vscode: string | undefined;
  /** The folder that the kernel was started in: the notebook's own, in jupyter_server. */
  readonly folder: string;
}

/**
 * The absolute path of the notebook, or null where no hint leads to an existing file.
 *
 * A relative session name is relative to the server's root, which a kernel does not know; its working folder is the
 * notebook's, so the name's last part is looked for there. (jupyter_server PR 679, PR 1341.)
 */
export function notebookPath(hints: NotebookHints): string | null {
  const { session, variable, vscode, folder } = hints;
  const candidates = [
    ...(session ? sessionCandidates(session, folder) : []),
    ...(variable ? [isAbsolute(variable) ? variable : join(folder, variable)] : []),
    ...(vscode ? [vscode] : []),
  ];
  return candidates.find((path) => existsSync(path)) ?? null;
}

function sessionCandidates(session: string, folder: string): string[] {
  if (isAbsolute(session)) return [session];
  const beside = join(folder, basename(session));
  const below = join(folder, session);
  return beside.endsWith(sep + join(session)) ? [beside, below] : [below, beside];
}

/**
 * Jupyter's kernel id: the middle of `kernel-<uuid>.json` in the kernel's arguments, or null.
 *
 * @param argv `process.argv` of a kernel; jupyter_server names the connection file after the kernel, nbclient does not.
 */
export function kernelIdOf(argv: readonly string[]): string | null {
  for (const argument of argv) {
    const found = /(?:^|[\\/])kernel-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.json$/.exec(argument);
    if (found?.[1] !== undefined) return found[1];
  }
  return null;
}

// The folder at start: a cell may change the working folder later.
const startFolder = process.cwd();

/**
 * {@link notebookPath} with the hints of this process.
 *
 * @param sent what the front end sends with each cell
 */
export function currentNotebook(sent: string | null = null): string | null {
  const vscode = (globalThis as { readonly __vsc_ipynb_file__?: unknown }).__vsc_ipynb_file__;
  return notebookPath({
    session: process.env["JPY_SESSION_NAME"],
    variable: process.env["STEMMA_NOTEBOOK"],
    vscode: sent ?? (typeof vscode === "string" ? vscode : undefined),
    folder: startFolder,
  });
}
