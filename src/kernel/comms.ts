import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { CommContent, CommMessage, KernelComm } from "../host/index.ts";
import type { Cell, CellLog } from "./cells.ts";
import type { Output } from "./output.ts";
import type { Content, Header, Request } from "./protocol/index.ts";
import { sendUp } from "./uplink.ts";

type Target = (comm: KernelComm, opened: CommMessage) => void;

interface Open {
  readonly comm: KernelComm;
  /** Whose output is what a listener prints; null where a front end opened the comm before the first cell. */
  readonly cell: Cell | null;
  readonly listeners: Set<(message: CommMessage) => void>;
  readonly ends: Set<() => void>;
}

/**
 * The comms of a kernel: channels between objects in cells and in the front end.
 *
 * @see https://jupyter-client.readthedocs.io/en/stable/messaging.html, "Custom Messages"
 */
export class Comms {
  readonly #cells: CellLog;
  readonly #output: Output;
  readonly #failed: (error: unknown) => void;
  readonly #open = new Map<string, Open>();
  readonly #targets = new Map<string, Target>();
  /** The message that is being handled: a front end wants to see its own header on the answer. */
  readonly #handled = new AsyncLocalStorage<Header>();

  /** @param failed told, under the cell whose comm it is, what a listener has thrown */
  constructor(cells: CellLog, output: Output, failed: (error: unknown) => void) {
    this.#cells = cells;
    this.#output = output;
    this.#failed = failed;
  }

  /** Opens a comm to a target that the front end knows. */
  open(target: string, content: CommContent): KernelComm {
    const comm = this.#add(randomUUID());
    this.#send("comm_open", { comm_id: comm.id, target_name: target, data: content.data ?? {} }, content);
    return comm;
  }

  /** Says what happens when the front end opens a comm to a target. */
  onTarget(target: string, listener: Target): () => void {
    this.#targets.set(target, listener);
    return () => this.#targets.delete(target);
  }

  /** Handles comm_open, comm_msg and comm_close. */
  take(type: string, request: Request): Content {
    const id = String(request.content["comm_id"] ?? "");
    const message: CommMessage = { data: Object(request.content["data"]) as Content, buffers: request.buffers };
    this.#handled.run(request.header, () => {
      if (type === "comm_open") this.#opened(id, String(request.content["target_name"] ?? ""), message);
      else if (type === "comm_msg") this.#told(id, message);
      else if (type === "comm_close") this.#ended(id);
    });
    return {};
  }

  #opened(id: string, target: string, message: CommMessage): void {
    const listener = this.#targets.get(target);
    // As the protocol wants it: the front end is told that there is nobody.
    if (listener === undefined) this.#send("comm_close", { comm_id: id, data: {} }, {});
    else this.#try(() => listener(this.#add(id), message));
  }

  #told(id: string, message: CommMessage): void {
    const open = this.#open.get(id);
    this.#asCell(open?.cell ?? null, () => {
      for (const listener of open?.listeners ?? []) this.#try(() => listener(message));
    });
  }

  #ended(id: string): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    this.#asCell(open?.cell ?? null, () => {
      for (const end of open?.ends ?? []) this.#try(end);
    });
  }

  /** One listener that fails keeps no other from its message. */
  #try(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#failed(error);
    }
  }

  #asCell(cell: Cell | null, act: () => void): void {
    if (cell === null) act();
    else this.#cells.run(cell, act);
  }

  #add(id: string): KernelComm {
    const comm: KernelComm = {
      id,
      send: (content) => this.#send("comm_msg", { comm_id: id, data: content.data ?? {} }, content),
      close: () => {
        if (this.#open.delete(id)) this.#send("comm_close", { comm_id: id, data: {} }, {});
      },
      onMessage: (listener) => added(this.#open.get(id)?.listeners, listener),
      onClose: (listener) => added(this.#open.get(id)?.ends, listener),
    };
    this.#open.set(id, { comm, cell: this.#cells.current(), listeners: new Set(), ends: new Set() });
    return comm;
  }

  #send(type: string, content: Content, { metadata = {}, buffers = [] }: CommContent): void {
    this.#output.flush();
    const parent = this.#handled.getStore() ?? this.#cells.current()?.request.header ?? null;
    sendUp({ kind: "publish", type, parent, metadata }, Buffer.from(JSON.stringify(content)), buffers);
  }
}

function added<T>(set: Set<T> | undefined, item: T): () => void {
  set?.add(item);
  return () => set?.delete(item);
}
