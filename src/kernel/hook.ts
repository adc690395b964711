import { type KernelHook, kernelHookKey } from "../host/index.ts";
import type { CellMark } from "./cell-mark.ts";
import type { CellLog } from "./cells.ts";
import type { Comms } from "./comms.ts";
import { frontEndCell } from "./front-end-cell.ts";
import type { Output } from "./output.ts";

export interface HookParts {
  readonly cells: CellLog;
  readonly output: Output;
  /** Of `KernelHook.cellScripts`. */
  readonly scripts: readonly object[];
  /** Absent where there is no front end. */
  readonly comms?: Comms;
  /** Absent where nothing is ended by force. */
  readonly mark?: CellMark;
}

/** Puts what the library may use of the kernel on the global object, before the first cell. */
export function installHook({ cells, output, scripts, comms, mark }: HookParts): void {
  const hook: KernelHook = {
    version: 1,
    cell: () => cells.identity(),
    cellSources: () => cells.sources,
    cellScripts: () => scripts,
    notebook() {
      const cell = cells.current();
      return cell === null ? null : frontEndCell(cell.request).notebook;
    },
    session: () => cells.current()?.request.header.session ?? null,
    display(bundle, { id, update }) {
      const cell = cells.current();
      if (cell === null) return;
      const content = { data: bundle, metadata: {}, transient: { display_id: id } };
      output.send(update ? "update_display_data" : "display_data", content, cell);
    },
    stopSignal: () => cells.current()?.interruption.signal ?? new AbortController().signal,
    onCellEnd: (listener) => cells.onEnd(listener),
    ...(mark === undefined ? {} : { holdUp: (wait) => mark.holdUp(wait) }),
    ...(comms === undefined
      ? {}
      : {
          openComm: (target, content) => comms.open(target, content),
          onCommTarget: (target, listener) => comms.onTarget(target, listener),
        }),
  };
  Object.defineProperty(globalThis, Symbol.for(kernelHookKey), { value: hook });
}

interface TslabOutput {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata?: object;
  readonly transient?: { readonly display_id?: string };
}

/**
 * Lets `display` of the package tslab write under the cell that called it. tslab's own place for this is one variable
 * of its module, set anew for each cell; here it is a getter.
 */
export function installTslabDisplay(tslabJupyter: object, cells: CellLog, output: Output): void {
  const get = () => {
    const cell = cells.current();
    if (cell === null) return null;
    return (shown: TslabOutput, update: boolean): void => {
      const id = shown.transient?.display_id;
      const content = {
        data: shown.data,
        metadata: shown.metadata ?? {},
        transient: id === undefined ? {} : { display_id: id },
      };
      output.send(update ? "update_display_data" : "display_data", content, cell);
    };
  };
  Object.defineProperty(tslabJupyter, "lastWriteDisplayData", { configurable: true, get, set: () => {} });
}
