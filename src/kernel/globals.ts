import type { CellLog } from "./cells.ts";
import type { Inputs } from "./inputs.ts";
import type { Output } from "./output.ts";

export interface GlobalParts {
  readonly cells: CellLog;
  readonly output: Output;
  readonly inputs: Inputs;
}

/** The functions that every cell has without an import; TypeScript knows them from `language/global-declarations.ts`. */
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
