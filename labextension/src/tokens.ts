import { Token } from "@lumino/coreutils";
import type { ISignal } from "@lumino/signaling";

/** What the plugins share. */
export interface IStemma {
  /** Emitted when an output of ours was drawn or changed: there may be something new to ask for. */
  readonly drawn: ISignal<IStemma, void>;
  /** Says that an output of ours was drawn or changed. */
  announce(): void;
  /**
   * The folder of the notebook that an element stands in, else of the current one, relative to what JupyterLab serves;
   * "" for that itself.
   */
  folder(node?: Node): string;
}

/** Where the plugins find each other. */
export const IStemma: Token<IStemma> = new Token<IStemma>(
  "jupyterlab-stemma:IStemma",
  "The folder that Stemma looks at, and word of outputs that were drawn.",
);
