import { createHash } from "node:crypto";
import { type CommMessage, host, type KernelComm } from "../host/index.ts";
import { fromWire, type Path, toWire } from "./wire-state.ts";

/** What a model is told by its front end. */
export interface ModelEvents {
  readonly changed: (state: Readonly<Record<string, unknown>>) => void;
  readonly message: (content: unknown, buffers: readonly Uint8Array[]) => void;
}

export interface ModelParts {
  readonly esm: string;
  readonly css: string;
  /** All of the state, as it is now. */
  readonly state: () => object;
  readonly on: ModelEvents;
}

/** The messages of ipywidgets, version 2.1.0 of their protocol. */
const metadata = { version: "2.1.0" };

/** Open models by id: a front end that reloads asks for all at once. */
const open = new Map<string, Model>();

/**
 * A widget's model in the front end, behind a comm: anywidget's, which imports a module and calls its `render`.
 *
 * @see https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md
 */
export class Model {
  readonly id: string;
  readonly #parts: ModelParts;
  readonly #comm: KernelComm;

  private constructor(parts: ModelParts, comm: KernelComm) {
    this.id = comm.id;
    this.#parts = parts;
    this.#comm = comm;
    comm.onMessage((message) => this.#take(message));
    comm.onClose(() => open.delete(comm.id));
    open.set(comm.id, this);
  }

  /** Opens a model, or gives null where nothing can draw it. */
  static open(parts: ModelParts): Model | null {
    const { comms } = host();
    if (comms === undefined) return null;
    if (open.size === 0) comms.onOpened("jupyter.widget.control", answerAll);
    const { state, paths, buffers } = toWire(parts.state());
    const data = { state: { ...described(parts), ...state }, buffer_paths: paths };
    return new Model(parts, comms.open("jupyter.widget", { data, buffers, metadata }));
  }

  get isOpen(): boolean {
    return open.has(this.id);
  }

  /** Sends a part of the state. */
  update(changes: object, method: "update" | "echo_update" = "update"): void {
    const { state, paths, buffers } = toWire(changes);
    if (this.isOpen) this.#comm.send({ data: { method, state, buffer_paths: paths }, buffers });
  }

  /** Sends a message that is no state. */
  custom(content: unknown, buffers: readonly Uint8Array[]): void {
    if (this.isOpen) this.#comm.send({ data: { method: "custom", content }, buffers });
  }

  close(): void {
    if (open.delete(this.id)) this.#comm.close();
  }

  /** All that a front end needs to make the model. */
  described(): object {
    return { ...described(this.#parts), ...this.#parts.state() };
  }

  #take({ data, buffers }: CommMessage): void {
    const { method, state, content, buffer_paths = [] } = data;
    if (method === "request_state") this.update(this.described());
    else if (method === "custom") this.#parts.on.message(content, buffers);
    else if (method === "update") {
      const changes = fromWire({ state: Object(state), paths: buffer_paths as Path[], buffers });
      // Other views of the model hear of it from here, and the sender that it arrived.
      this.update(changes, "echo_update");
      this.#parts.on.changed(changes);
    }
  }
}

/** The answer to a front end that asks for all models at once. */
function answerAll(control: KernelComm): void {
  control.onMessage(({ data }) => {
    if (data["method"] !== "request_states") return;
    const models = [...open].map(([id, model]) => [id, { ...named, state: model.described() }] as const);
    const { state: states, paths, buffers } = toWire(Object.fromEntries(models));
    control.send({ data: { method: "update_states", states, buffer_paths: paths }, buffers });
  });
}

/** Any version of anywidget that is no later major. */
const version = "0";
const named = { model_name: "AnyModel", model_module: "anywidget", model_module_version: version };

function described({ esm, css }: ModelParts): Readonly<Record<string, unknown>> {
  return {
    _model_name: named.model_name,
    _model_module: named.model_module,
    _model_module_version: version,
    _view_name: "AnyView",
    _view_module: "anywidget",
    _view_module_version: version,
    _view_count: null,
    _dom_classes: [],
    // anywidget keeps one style sheet an id.
    _anywidget_id: `stemma.${createHash("sha256").update(esm).update("\0").update(css).digest("hex").slice(0, 16)}`,
    _esm: esm,
    _css: css,
  };
}
