import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { markOf, noCell } from "./cell-mark.ts";
import { Delivery } from "./delivery.ts";
import { type GuardOrder, printOrder } from "./force.ts";
import { type FromCells, link, type Parcel, parcelReader, printParcel, type ToCells } from "./link.ts";
import type { Request } from "./protocol/index.ts";

/** How the process that runs the cells ended. */
export interface Ending {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface CellsProcessEvents {
  readonly parcel: [Parcel<FromCells>];
  /** What came past the kernel: a native module, or a process that a cell waits for, wrote to the real stdout. */
  readonly text: [name: "stdout" | "stderr", bytes: Uint8Array];
  /** A request that was ended by force, and will not be answered. */
  readonly lost: [request: string];
  /** After everything it wrote has been told. */
  readonly end: [Ending];
}

/** Node ends a process whose timer or immediate V8 has ended by force, unless it is told not to look. */
const survivesForce = ["--no-force-async-hooks-checks"];
/**
 * Half of Node's own bound for what is young: after the libraries are read, V8 keeps that much for as long as the kernel
 * lives. It is 50 MB less, and no cell is slower.
 */
const lean = ["--max-semi-space-size=32"];

/** How long what it wrote may still be on its way after its end. */
const drainMs = 500;

/**
 * The process that runs the cells, seen from the broker. It leads a process group of its own, so that a signal for the
 * kernel reaches the broker alone, and everything it started can be ended with it.
 */
export class CellsProcess extends EventEmitter<CellsProcessEvents> {
  /** Resolves when it takes requests, or has ended. */
  readonly ready: Promise<void>;
  /** Processes of cells that hold no cell up. */
  readonly background: Set<number> = new Set();
  readonly #child: ChildProcess;
  readonly #down: Socket;
  readonly #guard: Socket;
  readonly #delivery = new Delivery({
    send: (parcel) => this.#write(parcel),
    lost: (request) => this.emit("lost", request),
  });
  readonly #isReady = Promise.withResolvers<void>();
  #hasEnded = false;
  #wasKilled = false;

  /** @param count of the cell that ran last: the next one counts on from there */
  constructor(options: { readonly connectionFile: string; readonly count: number }) {
    super();
    const main = fileURLToPath(import.meta.url).replace(/cells-process(\.\w+)$/, "cells-main$1");
    const argv = [...lean, ...process.execArgv, ...survivesForce, main, "--connection-file", options.connectionFile];
    this.#child = spawn(process.execPath, [...argv, "--count", String(options.count)], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe"],
    });
    this.ready = this.#isReady.promise;
    this.#down = this.#socket(link.down);
    this.#guard = this.#socket(link.guard);
    this.#listen();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether {@link kill} ended it. */
  get wasKilled(): boolean {
    return this.#wasKilled;
  }

  send(head: Exclude<ToCells, { readonly kind: "request" }>): void {
    this.#write({ head, body: noBody, buffers: [] });
  }

  /** Sends a request, again where a stop by force has hit it on its way. */
  deliver({ header, metadata, content, buffers }: Request): void {
    const head = { kind: "request", type: header.msg_type, header, metadata } as const;
    this.#delivery.send(header.msg_id, { head, body: Buffer.from(JSON.stringify(content)), buffers });
  }

  /**
   * Ends by force what the process does for a cell; nothing happens where that cell has ended.
   *
   * @param request the cell's, or null for what runs between the cells
   */
  cut(request: string | null): void {
    if (this.#hasEnded) return;
    this.#order({ force: "all", mark: request === null ? noCell : markOf(request) });
    this.#delivery.cut();
  }

  /** Ends the synchronous part of a cell; nothing happens where that is over. @param request the cell's */
  cutSynchronous(request: string): void {
    this.#order({ force: "synchronous", mark: markOf(request) });
  }

  /** It answers: what was to be ended has ended. */
  calm(): void {
    this.#order("calm");
  }

  /** Ends it and all that it has started. */
  kill(): void {
    if (this.#hasEnded || this.pid === 0) return;
    this.#wasKilled = true;
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch (error) {
      // It has just ended by itself.
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }

  #order(order: GuardOrder): void {
    if (!this.#hasEnded) this.#guard.write(printOrder(order));
  }

  #write(parcel: Parcel<ToCells>): void {
    if (this.#hasEnded) return;
    for (const part of printParcel(parcel)) this.#down.write(part);
  }

  #socket(descriptor: number): Socket {
    const socket = this.#child.stdio[descriptor];
    if (!(socket instanceof Socket)) throw new TypeError(`Node gave no pipe for file descriptor ${descriptor}.`);
    // It closes when the other process ends; that is told by `end`.
    socket.on("error", () => {});
    return socket;
  }

  #listen(): void {
    const read = parcelReader<FromCells>();
    const up = this.#socket(link.up);
    up.on("data", (piece: Uint8Array) => {
      for (const parcel of read(piece)) this.#take(parcel);
    });
    for (const name of ["stdout", "stderr"] as const)
      this.#child[name]?.on("data", (bytes: Uint8Array) => this.emit("text", name, bytes));
    this.#child.on("error", () => this.#ended({ code: 1, signal: null }));
    this.#child.on("exit", (code, signal) => {
      const end = (): void => this.#ended({ code, signal });
      // A process of a cell that lives on may hold the others open.
      const late = setTimeout(end, drainMs);
      up.once("close", () => {
        clearTimeout(late);
        setImmediate(end);
      });
    });
  }

  #take(parcel: Parcel<FromCells>): void {
    const { head } = parcel;
    if (head.kind === "ready") this.#isReady.resolve();
    else if (head.kind === "started") this.background.add(head.pid);
    else {
      if (head.kind === "taken") this.#delivery.taken(head.request, head.isCell);
      else if (head.kind === "reply") this.#delivery.answered(head.request);
      else if (head.kind === "pong") this.#delivery.heard(head.number);
      this.emit("parcel", parcel);
    }
  }

  #ended(ending: Ending): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#delivery.close();
    this.#isReady.resolve();
    this.emit("end", ending);
  }
}

const noBody = Buffer.from("{}");
