import { AsyncLocalStorage } from "node:async_hooks";
import type { CellIdentity, CellSource } from "../host/index.ts";
import { Interruption } from "./interruption.ts";
import type { Content, Request } from "./protocol/index.ts";

/** One cell from its request on; what it shows later is still its own. */
export interface Cell extends CellSource {
  readonly request: Request;
  readonly interruption: Interruption;
  /** What goes with the reply: pages for the front end's pager. */
  readonly payload: Content[];
}

/** The cells of a kernel, and which of them the running code belongs to. */
export class CellLog {
  readonly #running = new AsyncLocalStorage<Cell | undefined>();
  readonly #sources: CellSource[] = [];
  readonly #ends = new Set<() => void>();
  #last: Cell | null = null;

  start(request: Request, identity: CellSource): Cell {
    const cell = { ...identity, request, interruption: new Interruption(), payload: [] };
    this.#last = cell;
    this.#sources.push({ id: cell.id, count: cell.count, source: cell.source });
    return cell;
  }

  /** Runs code as part of a cell; what it starts belongs to the cell too. */
  run<T>(cell: Cell, code: () => T): T {
    return this.#running.run(cell, code);
  }

  /** The cell that the calling code belongs to. Code that Node starts without a cause counts to the last one. */
  current(): Cell | null {
    return this.#running.getStore() ?? this.#last;
  }

  /** Whether the calling code goes on with what some cell has begun. */
  get isInCell(): boolean {
    return this.#running.getStore() !== undefined;
  }

  /** From here on the calling code belongs to none. */
  leave(): void {
    this.#running.enterWith(undefined);
  }

  identity(): CellIdentity | null {
    const cell = this.current();
    return cell === null ? null : { id: cell.id, count: cell.count };
  }

  get sources(): readonly CellSource[] {
    return this.#sources;
  }

  onEnd(listener: () => void): () => void {
    this.#ends.add(listener);
    return () => this.#ends.delete(listener);
  }

  /** Tells the listeners that a cell ended; errors of theirs are given back. */
  ended(): unknown[] {
    return [...this.#ends].flatMap((listener) => {
      try {
        listener();
        return [];
      } catch (error) {
        return [error];
      }
    });
  }
}
