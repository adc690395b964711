import { inspect } from "node:util";
import type { MimeBundle } from "../host/index.ts";

/** What a widget is shown by. */
interface Drawn {
  readonly id: string | null;
  readonly isOpen: boolean;
  readonly state: object;
}

const elsewhere = "Widgets are drawn by notebooks with the Stemma kernel; this is the state.";

/** A widget as Jupyter shows it; its state as text for whoever cannot. */
export function widgetBundle({ id, isOpen, state }: Drawn): MimeBundle {
  const words = inspect(state, { depth: 1, maxArrayLength: 10, maxStringLength: 200 });
  const text = `Widget ${words}${id === null ? `\n(${elsewhere})` : isOpen ? "" : "\n(It was closed.)"}`;
  if (id === null || !isOpen) return { "text/plain": text };
  const view = { version_major: 2, version_minor: 1, model_id: id };
  return { "application/vnd.jupyter.widget-view+json": view, "text/plain": text };
}
