import type { CommContent, CommMessage, KernelComm } from "./comm.ts";
import type { CellIdentity, CellSource, MimeBundle } from "./host.ts";

/**
 * What the Stemma kernel offers to a library in its cells, at `globalThis[Symbol.for("stemma.kernel")]`.
 * A contract between two copies of the code that may differ in version: only add to it.
 */
export interface KernelHook {
  readonly version: 1;
  cell(): CellIdentity | null;
  cellSources(): readonly CellSource[];
  /** A function of each script that a cell was compiled to, in the order of execution. Absent in old kernels. */
  cellScripts?(): readonly object[];
  /** Absolute path of the notebook where the front end sends it (VS Code), else null. Absent in old kernels. */
  notebook?(): string | null;
  /** The front end's session, of the message protocol. Absent in old kernels. */
  session?(): string | null;
  /** Publishes under the caller's cell. `update` sends update_display_data for an id already shown. */
  display(bundle: MimeBundle, options: { readonly id: string; readonly update: boolean }): void;
  stopSignal(): AbortSignal;
  onCellEnd(listener: () => void): () => void;
  /** Runs what holds the thread up and asks by itself whether it is to stop; it is not ended by force. Absent in old kernels. */
  holdUp?<T>(wait: (isStopping: () => boolean) => T): T;
  /** Opens a comm to a target of the front end, under the caller's cell. Absent in old kernels and without a front end. */
  openComm?(target: string, content: CommContent): KernelComm;
  /** Listens for comms that the front end opens; the returned function ends that. */
  onCommTarget?(target: string, listener: (comm: KernelComm, opened: CommMessage) => void): () => void;
}

export const kernelHookKey = "stemma.kernel";
