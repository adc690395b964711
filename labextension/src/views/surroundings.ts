import { nullTranslator, type TranslationBundle } from "@jupyterlab/translation";
import { createContext, useContext } from "react";

/** What JupyterLab draws for us. */
export interface Drawn {
  readonly node: HTMLElement;
  readonly ready: Promise<void>;
  dispose(): void;
}

/** What views can lead to; null where the place they are in cannot do it. */
export interface Surroundings {
  readonly trans: TranslationBundle;
  readonly openRun: ((run: string, name: string) => void) | null;
  /** Opens the page of a run of a flow. */
  readonly openFlow: ((run: string, name: string) => void) | null;
  readonly compare: ((runs: readonly string[], experiment: string) => void) | null;
  /** Draws data of a MIME type as in the output of a notebook that is not trusted. @throws nothing here draws that type */
  readonly draw: ((mimeType: string, data: unknown) => Drawn) | null;
  /** Interrupts the kernel of the notebook that the view is in. */
  readonly stop: (() => void) | null;
}

export const SurroundingsContext = createContext<Surroundings>({
  trans: nullTranslator.load("jupyterlab_stemma"),
  openRun: null,
  openFlow: null,
  compare: null,
  draw: null,
  stop: null,
});

export function useSurroundings(): Surroundings {
  return useContext(SurroundingsContext);
}
