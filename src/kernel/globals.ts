import type { CellLog } from "./cells.ts";
import type { Inputs } from "./inputs.ts";
import type { Output } from "./output.ts";

export interface GlobalParts {
  readonly cells: CellLog;
  readonly output: Output;
  readonly inputs: Inputs;
}

/**
 * TypeScript's view of what {@link installGlobals} installs. A name of the user's own goes before it.
 */
export const globalDeclarations: string = `
/** Asks the user; gives what was typed. With \`password\` the front end shows dots. */
declare function input(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;
/** Empties the output of this cell: at once, or with \`wait\` when the next output comes. */
declare function clearOutput(options?: { readonly wait?: boolean }): void;
/** Shows a text in the front end's pager when the cell has ended. */
declare function page(text: string): void;
`;

/** The functions that every cell has without an import. */
export function installGlobals({ cells, output, inputs }: GlobalParts): void {
  const functions = {
    input: (prompt: unknown = "", { password = false }: { readonly password?: boolean } = {}): Promise<string> => {
      output.flush();
      return inputs.ask(String(prompt), password);
    },
    clearOutput({ wait = false }: { readonly wait?: boolean } = {}): void {
      const cell = cells.current();
      if (cell !== null) output.send("clear_output", { wait }, cell);
    },
    page(text: unknown): void {
      cells.current()?.payload.push({ source: "page", data: { "text/plain": String(text) }, start: 0 });
    },
  };
  for (const [name, value] of Object.entries(functions))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
