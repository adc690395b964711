import type { Request } from "./protocol/index.ts";

/** What a front end tells about a cell beside its source; null where it does not. */
export interface FrontEndCell {
  readonly id: string | null;
  /** Absolute path of its notebook. */
  readonly notebook: string | null;
}

/**
 * What the metadata of an execute_request tells. JupyterLab and headless runners of ours send the nbformat id of the cell.
 *
 * VS Code's Jupyter sends `cellId: "vscode-notebook-cell:/path/to/a.ipynb#W2sZmlsZQ"`: the notebook's path, and a name that
 * counts the cells of the open editor. Tomorrow the same name may be another cell's, so it is an id within its session only.
 */
export function frontEndCell({ metadata, header }: Pick<Request, "metadata" | "header">): FrontEndCell {
  const { cellId } = metadata;
  if (typeof cellId !== "string" || cellId === "") return { id: null, notebook: null };
  const vscode = /^vscode-notebook-cell:([^#]*)#(.+)$/.exec(cellId);
  if (vscode === null) return { id: cellId, notebook: null };
  return { id: `${vscode[2]}@${header.session}`, notebook: pathOf(vscode[1] ?? "") };
}

/** The path in what stands between a URI's scheme and its fragment: `//authority/path` or `/path`; null for a new notebook. */
function pathOf(place: string): string | null {
  const path = place.startsWith("//") ? place.slice(place.indexOf("/", 2)) : place;
  if (!path.startsWith("/") || path.startsWith("//")) return null;
  const decoded = decodedOf(path.replace(/\?.*$/, ""));
  // "/c:/Users/…"
  return decoded === null ? null : decoded.replace(/^\/(?=[A-Za-z]:\/)/, "");
}

function decodedOf(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    // No UTF-8 in it: then it names no file that we could find.
    return null;
  }
}
