import type { Notebook } from "../../../format/index.ts";
import type { Slice } from "../../slice.ts";

/** One stage of dvc.yaml and its file. */
export interface Stage {
  readonly name: string;
  /** A command of the flow's own; null: the stage runs its file. */
  readonly cmd: string | null;
  /** "" where it is a command. */
  readonly file: string;
  readonly text: string;
  /** The param whose items are one stage each. */
  readonly foreach: string | null;
  /** How many; 1 for other stages. */
  readonly items: number;
  readonly deps: readonly string[];
  readonly params: readonly string[];
  readonly outs: readonly string[];
  /** Those of `outs` that are texts of results: parts of them may lie beside. */
  readonly results: readonly string[];
  /** Those of `outs` whose numbers `dvc metrics show` tells. */
  readonly metrics: readonly string[];
  /** Those of `outs` that `dvc plots show` draws. */
  readonly plots: readonly string[];
  readonly always: boolean;
  readonly slice: Slice;
  readonly steps: readonly string[];
}

/** The file's name without its folder. */
export function fileName({ path }: Notebook): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
