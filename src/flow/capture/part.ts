import type { PartBytes } from "../values/index.ts";
import type { ObjectForm } from "./draft.ts";

/** One thing that a step needs, itself included; all that a stand-alone module is made of. */
export type Part =
  | {
      readonly kind: "function";
      /** Unique among the parts of a step; the name in the module's text. */
      readonly name: string;
      /** The text with outside names replaced by those of the parts. */
      readonly text: string;
      /** Digest of the code without comments and layout. */
      readonly digest: string;
      /** The user's own file that it stands in, an absolute path; null: a cell. */
      readonly file: string | null;
    }
  /** Plain data as the codec writes it; `file`: of the function that reads it. */
  | {
      readonly kind: "constant";
      readonly name: string;
      readonly text: string;
      readonly digest: string;
      readonly file: string | null;
    }
  /** A record or list with functions in it: each field is a part. */
  | {
      readonly kind: "record";
      readonly name: string;
      readonly list: boolean;
      readonly fields: readonly (readonly [key: string, part: string])[];
      readonly digest: string;
    }
  /** `of` is the name of the function, class or object. */
  | {
      readonly kind: "object";
      readonly name: string;
      readonly form: ObjectForm;
      readonly of: string;
      readonly fields: readonly (readonly [key: string, part: string])[];
      readonly digest: string;
    }
  | {
      readonly kind: "import";
      readonly name: string;
      readonly specifier: string;
      readonly version: string | null;
      /** `*` for the namespace, `default`, or the exported name. */
      readonly exported: string;
      /** The file whose import this is; null where it is looked for from the notebook's folder. */
      readonly importer: string | null;
      readonly digest: string;
    };

/** A step's function with everything it needs. */
export interface CapturedStep {
  /** In an order in which each part stands behind those that it needs at once; the step's function is the last. */
  readonly parts: readonly Part[];
  /** Digest of all parts: the same in whichever cells they were declared, however they are laid out. */
  readonly digest: string;
  /** Why the code cannot stand alone, one sentence each; empty when it can. */
  readonly problems: readonly string[];
  /** Those of them that are wrong wherever the step runs. */
  readonly mistakes: readonly string[];
  /** The tables and long arrays that its constants point to. */
  readonly given: PartBytes;
  /** Files of its functions that say something else now than when they were loaded. */
  readonly edited: readonly string[];
  /** What it asks chance or the clock for: `Math.random()`. Its result cannot be proved by running it again. */
  readonly chance: readonly string[];
}
