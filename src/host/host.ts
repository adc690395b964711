import type { CommContent, CommMessage, KernelComm } from "./comm.ts";

/**
 * The place the library runs in, behind one interface: our kernel, stock tslab, Deno's kernel, plain Node.
 * What a place cannot tell is `null`, never guessed.
 */

/** One value in several MIME types, as Jupyter's `display_data.data`: text types hold strings, JSON types plain JSON. */
export interface MimeBundle {
  readonly [mimeType: string]: unknown;
}

/** Channels between objects in cells and in the front end (Jupyter's comms). */
export interface HostComms {
  /** Opens one to a target that the front end knows. */
  open(target: string, content: CommContent): KernelComm;
  /** Listens for those that the front end opens; the returned function ends that. */
  onOpened(target: string, listener: (comm: KernelComm, opened: CommMessage) => void): () => void;
}

/** Which cell runs now. */
export interface CellIdentity {
  /** nbformat 4.5 cell id; null where the front end sends none. */
  readonly id: string | null;
  /** The number shown as `[n]`. */
  readonly count: number | null;
}

/** One cell as it ran: the TypeScript source that was sent, in the order of execution. */
export interface CellSource extends CellIdentity {
  readonly source: string;
}

/** An output already on the screen; `update` replaces it in place, also from a later cell. */
export interface Display {
  readonly id: string;
  update(bundle: MimeBundle): void;
}

export type HostKind = "stemma" | "tslab" | "deno" | "node";

export interface Host {
  readonly kind: HostKind;
  /** Whether {@link cellSources} has every cell run so far; in a guest kernel it has what the kernel still knows. */
  readonly keepsSources: boolean;
  /** Absolute path of the notebook, or null. */
  notebook(): string | null;
  /** Kernel id (Jupyter's), or null outside a kernel. */
  kernelId(): string | null;
  /** The session of the front end that sent the running cell (`header.session` of the message protocol), or null. */
  session(): string | null;
  /** The cell that the calling code belongs to, also after an await; null outside a cell. */
  cell(): CellIdentity | null;
  cellSources(): readonly CellSource[];
  /** A function of each script that a cell was compiled to: by it the engine tells the script. Absent where nobody knows. */
  cellScripts?(): readonly object[];
  /** Shows a bundle under the cell that the calling code belongs to. In plain Node: `text/plain` to stdout. */
  show(bundle: MimeBundle): Display;
  /** Aborts when the user presses stop during the running cell (SIGINT in plain Node); a fresh one for each cell. */
  stopSignal(): AbortSignal;
  /**
   * Runs code that holds the thread up, so that it hears of no signal: it asks at least every 50 ms whether it is to stop.
   * Absent where Node's own `breakOnSigint` is the way.
   */
  holdUp?<T>(wait: (isStopping: () => boolean) => T): T;
  /** Absent where no front end takes them. */
  readonly comms?: HostComms;
  /** Called at the end of each cell and before the process ends; the returned function takes the listener away. */
  onFlush(flush: () => void): () => void;
}
