import type { Node } from "../syntax/index.ts";
import type { ImportFacts } from "./imports.ts";
import type { FunctionSyntax } from "./references.ts";

/**
 * A function with its `this`; an object of a class; that object with the arrow functions of its own `this`; a function or
 * class with properties of its own; a class with what was put on its prototype.
 */
export type ObjectForm = "bind" | "instance" | "arrows" | "assign" | "prototype";

/** A part before it has its name in the module. */
export type Draft =
  | {
      readonly kind: "function";
      readonly label: string;
      readonly text: string;
      readonly syntax: FunctionSyntax;
      readonly uses: readonly Use[];
      readonly file: string | null;
    }
  | { readonly kind: "constant"; readonly label: string; readonly text: string; readonly file?: string | null }
  | {
      readonly kind: "record";
      readonly label: string;
      readonly list: boolean;
      readonly fields: readonly (readonly [key: string, part: Draft])[];
    }
  | {
      readonly kind: "object";
      readonly label: string;
      readonly form: ObjectForm;
      /** The function; the class; the object. */
      readonly of: Draft;
      readonly fields: readonly (readonly [key: string, part: Draft])[];
    }
  | ({ readonly kind: "import"; readonly label: string } & ImportFacts);

/** One place in a function's text that stands for another part. */
export interface Use {
  /** The identifier, or the whole `module.member`. */
  readonly node: Node;
  readonly shorthand: boolean;
  readonly draft: Draft;
}
