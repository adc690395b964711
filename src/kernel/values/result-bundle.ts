import type { MimeBundle } from "../../host/index.ts";
import { chartBundle } from "./chart-bundle.ts";
import { frameBundle } from "./frame-bundle.ts";
import { imageBundle } from "./image-bundle.ts";
import { method } from "./method.ts";
import { valueText } from "./value-text.ts";

/** How a value may draw itself, or be drawn; null where this is not its way. */
type Drawing = (value: object) => MimeBundle | null | Promise<MimeBundle | null>;

const drawings: readonly Drawing[] = [ownBundle, chartBundle, frameBundle, htmlBundle, imageBundle];

/**
 * What a cell shows for the value of its last expression.
 *
 * A value draws itself by `[Symbol.for("Jupyter.display")]()`, as in Deno's kernel, or by `toHTML()`; charts, frames and
 * images are known by their shape; all else is shown as Node's console would, cut where it is large.
 *
 * @throws whatever the value's own method throws
 */
export async function resultBundle(value: unknown): Promise<MimeBundle> {
  if (value !== null && (typeof value === "object" || typeof value === "function"))
    for (const draw of drawings) {
      const bundle = await draw(value);
      if (bundle !== null) return bundle;
    }
  return { "text/plain": valueText(value) };
}

async function ownBundle(value: object): Promise<MimeBundle | null> {
  const bundle = await method(value, Symbol.for("Jupyter.display"))?.();
  if (typeof bundle !== "object" || bundle === null) return null;
  return Object.fromEntries(Object.entries(bundle).map(([type, data]) => [type, wireData(data)]));
}

/** Jupyter carries bytes as base64. */
function wireData(data: unknown): unknown {
  return data instanceof Uint8Array ? Buffer.from(data).toString("base64") : data;
}

function htmlBundle(value: object): MimeBundle | null {
  const html = method(value, "toHTML")?.();
  // Its inside would be long; whoever reads text only learns what it is.
  return typeof html === "string" ? { "text/html": html, "text/plain": valueText(value, { depth: -1 }) } : null;
}
