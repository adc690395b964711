import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import type { CellIdentity, CellSource, Display, Host, MimeBundle } from "./host.ts";
import { currentNotebook, kernelIdOf } from "./notebook-path.ts";
import { watchProcessEnd } from "./process-end.ts";

type WriteDisplay = (
  data: { readonly data: MimeBundle; readonly metadata: object; readonly transient: { readonly display_id: string } },
  update: boolean,
) => void;

type HandleExecute = (
  request: { readonly code: string },
  writeStream: unknown,
  write: WriteDisplay,
) => Promise<unknown>;

/** What we use of tslab's `dist/jupyter.js` (1.0.22), which is no public face of it. */
export interface TslabJupyter {
  /** The writer of the cell that started last; tslab sets it at the start of each cell. */
  readonly lastWriteDisplayData: WriteDisplay | null;
  readonly JupyterHandlerImpl: {
    readonly prototype: { handleExecuteImpl: HandleExecute; readonly execCount?: number };
  };
}

/** One cell as stock tslab runs it. */
interface Cell extends CellSource {
  readonly write: WriteDisplay;
}

const jupyterFile = /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/;

/**
 * The copy of tslab that runs this kernel, or null elsewhere. A second copy may be loaded beside it; only the running
 * one has a cell's writer.
 */
export function findTslab(): TslabJupyter | null {
  if (!("__tslab__" in globalThis)) return null;
  const loaded = Object.values(createRequire(import.meta.url).cache);
  const copies = loaded.filter((module) => module !== undefined && jupyterFile.test(module.filename));
  const exports = copies.map((module) => module?.exports as TslabJupyter);
  return exports.find((jupyter) => jupyter.lastWriteDisplayData != null) ?? null;
}

/**
 * Stock tslab. It tells no cell ids and keeps no sources, so the cells after the one that imported us are noted as they
 * come, by wrapping its handler; each gets its own stop signal and its own place for what is shown.
 */
export function tslabHost(jupyter: TslabJupyter): Host {
  const cells = new TslabCells(jupyter);
  // SIGINT is tslab's stop button, not an end.
  const end = watchProcessEnd(["SIGTERM"]);
  return {
    kind: "tslab",
    keepsSources: false,
    notebook: currentNotebook,
    kernelId: () => kernelIdOf(process.argv),
    session: () => null,
    cell: () => cells.current(),
    cellSources: () => cells.sources,
    show: (bundle) => show(bundle, cells),
    stopSignal: () => cells.stopSignal(),
    onFlush(flush) {
      const offCell = cells.onEnd(flush);
      const offEnd = end.onEnd(flush);
      return () => {
        offCell();
        offEnd();
      };
    },
  };
}

// An update from a later cell goes out with that one, as in ipykernel: a headless runner hears the running cell only.
// Else the writer of the cell that showed it is kept: tslab's own has moved on.
function show(bundle: MimeBundle, cells: TslabCells): Display {
  const id = randomUUID();
  const first = cells.writer();
  const send = (data: MimeBundle, update: boolean): void => {
    const write = cells.runningWriter() ?? first;
    write?.({ data, metadata: {}, transient: { display_id: id } }, update);
  };
  send(bundle, false);
  return { id, update: (next) => send(next, true) };
}

/** The cells of a stock tslab from the first call on. */
class TslabCells {
  readonly sources: CellSource[] = [];
  readonly #jupyter: TslabJupyter;
  readonly #running = new AsyncLocalStorage<Cell>();
  readonly #ends = new Set<() => void>();
  #stop = new AbortController();
  #listens = false;

  constructor(jupyter: TslabJupyter) {
    this.#jupyter = jupyter;
    this.#wrap();
  }

  current(): CellIdentity | null {
    const cell = this.#running.getStore();
    return cell === undefined ? null : { id: cell.id, count: cell.count };
  }

  runningWriter(): WriteDisplay | null {
    return this.#running.getStore()?.write ?? null;
  }

  writer(): WriteDisplay | null {
    return this.runningWriter() ?? this.#jupyter.lastWriteDisplayData;
  }

  onEnd(listener: () => void): () => void {
    this.#ends.add(listener);
    return () => this.#ends.delete(listener);
  }

  stopSignal(): AbortSignal {
    if (!this.#listens) {
      this.#listens = true;
      // Not in the synchronous part of a cell: a listener added there breaks Node's breakOnSigint and the next stop
      // kills the kernel.
      setImmediate(() => process.on("SIGINT", () => this.#stop.abort(new Error("Stopped from the notebook."))));
    }
    return this.#stop.signal;
  }

  #wrap(): void {
    const prototype = this.#jupyter.JupyterHandlerImpl.prototype;
    const execute = prototype.handleExecuteImpl;
    const cells = this;
    // The cell that imports us is already running and not wrapped: until the next one starts, a timer stands for its end.
    const firstCell = setInterval(() => cells.#ended(), 50).unref();
    prototype.handleExecuteImpl = async function (this: { readonly execCount?: number }, ...call) {
      const [request, , write] = call;
      clearInterval(firstCell);
      const cell: Cell = { id: null, count: (this.execCount ?? 0) + 1, source: request.code, write };
      cells.sources.push({ id: null, count: cell.count, source: cell.source });
      cells.#stop = new AbortController();
      try {
        return await cells.#running.run(cell, () => execute.apply(this, call));
      } finally {
        cells.#ended();
      }
    };
  }

  #ended(): void {
    for (const listener of this.#ends) listener();
  }
}

/**
 * Whether the running `inspect` is tslab printing a cell's last expression, not a `console.log` of the user: then no
 * frame of a cell lies between tslab's executor and us.
 */
export function printsLastExpression(): boolean {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  const stack = new Error().stack ?? "";
  Error.stackTraceLimit = limit;
  return /[\\/]tslab[\\/]dist[\\/]executor\.js/.test(stack) && !stack.includes("evalmachine.<anonymous>");
}
