import { inspect } from "node:util";
import type { MimeBundle } from "./host.ts";

/**
 * How values of the library draw themselves without knowing the display: a class names its kind,
 * the package's entry point names a renderer for each kind.
 */
export type Renderer = (value: object) => MimeBundle;

const renderers = new Map<string, Renderer>();

/** Says how values of a kind are drawn; the entry point calls it once a kind. */
export function setRenderer(kind: string, renderer: Renderer): void {
  renderers.set(kind, renderer);
}

/** The bundle of a value; only its text where no renderer was given for the kind. */
export function drawn(kind: string, value: object): MimeBundle {
  const renderer = renderers.get(kind);
  return renderer === undefined
    ? { "text/plain": inspect(value, { customInspect: false, depth: 1 }) }
    : renderer(value);
}
