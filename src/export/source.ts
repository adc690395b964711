import type { Plan } from "../flow/index.ts";
import type { Notebook } from "../format/index.ts";
import type { FlowCall } from "./flow-calls.ts";
import type { LocalModules } from "./local-modules.ts";
import type { ModuleText } from "./module-text.ts";
import type { Program } from "./program.ts";
import type { Slice } from "./slice.ts";

/** All that a target needs of a notebook; nothing of it reads a file. */
export interface ExportSource {
  readonly notebook: Notebook;
  readonly program: Program;
  readonly modules: LocalModules;
  readonly work: FlowWork | WholeWork;
  /** Installed versions of the packages that the code imports. */
  readonly packages: ReadonlyMap<string, string>;
  /** npm's `overrides` that bear on these packages. */
  readonly overrides: Readonly<Record<string, unknown>>;
  /** Files of the notebook's folder that the code reads. */
  readonly data: readonly DataFile[];
  /** Whether results may hold tables and files, which lie beside their text. */
  readonly beside: boolean;
  /** Whether they may hold models. */
  readonly models: boolean;
  /** Version of Stemma. */
  readonly version: string;
}

export interface FlowWork {
  readonly kind: "flow";
  readonly plan: Plan;
  readonly call: FlowCall;
  /** By step id. */
  readonly steps: ReadonlyMap<string, StepCode>;
  /** Bytes of the tables and long arrays that the plan points to, by their MD5. */
  readonly given: ReadonlyMap<string, Uint8Array>;
}

/** A notebook without a flow: all its cells, in their order. */
export interface WholeWork {
  readonly kind: "whole";
  readonly slice: Slice;
}

/** The code of a step's function. */
export interface StepCode {
  readonly slice: Slice;
  /** The function in a module that holds the slice: `fitOne`, `model.fit`, `((inputs) => …)`. */
  readonly expression: (module: ModuleText) => string;
  /** Whether it takes a context as its second argument. */
  readonly listens: boolean;
  /** What it uses of that, as far as its own text tells: `random`, `card`. */
  readonly uses: readonly string[];
}

export interface DataFile {
  /** As the notebook says it, with `/`. */
  readonly path: string;
  /** In the project. */
  readonly to: string;
  /** Absolute; null: it is tracked by DVC, but its content is not here. */
  readonly from: string | null;
  /** Of its content; null for a folder, and where the content is not here. */
  readonly md5: string | null;
  /** Its `.dvc` file, absolute; null where DVC does not track it. */
  readonly dvcFile: string | null;
}

/** A project to be written. */
export interface ExportedProject {
  /** Text by path, with `/`. */
  readonly files: ReadonlyMap<string, string>;
  /** Bytes of what the flow is given where it is defined, by path. */
  readonly given: ReadonlyMap<string, Uint8Array>;
  readonly copies: readonly FileCopy[];
  /** Stages as dvc.yaml has them, with the number of items of a `foreach`; 1 for others. */
  readonly stages: readonly { readonly name: string; readonly items: number }[];
  /** What the user should know, a sentence each. */
  readonly notes: readonly string[];
}

export interface FileCopy {
  /** Absolute; a file or a folder. */
  readonly from: string;
  /** In the project. */
  readonly to: string;
}
