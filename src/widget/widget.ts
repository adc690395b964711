import { drawable, host } from "../host/index.ts";
import { Model } from "./model.ts";
import { widgetBundle } from "./widget-bundle.ts";
import { likeBefore, toWire } from "./wire-state.ts";

export interface WidgetOptions<State extends object> {
  /**
   * The JavaScript module that draws it in the browser, as text. Its default export has `render({ model, el })`, with
   * `model.get(name)`, `model.set(name, value)`, `model.save_changes()`, `model.on("change:name", …)`, `model.send(content)`.
   */
  readonly esm: string;
  /** Styles for it, as text. */
  readonly css?: string;
  /** What both sides know: JSON and bytes. The front end gets bytes as `DataView`. */
  readonly state?: State;
}

type Listener = (value: unknown, before: unknown) => void;
type MessageListener = (content: unknown, buffers: readonly Uint8Array[]) => void;

/** Names that the protocol and JupyterLab's own models use. */
const reserved = /^(?:_.*|layout|tabbable|tooltip|comm)$/;

/**
 * A picture in the notebook with which the user and the kernel share a state.
 *
 * ```ts
 * const counter = widget({
 *   esm: `export default { render({ model, el }) {
 *     const button = el.appendChild(document.createElement("button"));
 *     const draw = () => { button.textContent = model.get("count"); };
 *     button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
 *     model.on("change:count", draw);
 *     draw();
 *   } }`,
 *   state: { count: 0 },
 * });
 * counter.on("count", (count) => console.log(count));
 * counter
 * ```
 * It works while a cell runs, and after the page was loaded again. JupyterLab needs `pip install anywidget`. Where nothing
 * can draw it (a script, stock tslab) it keeps its state, and is shown as text.
 *
 * @throws {TypeError} the state has a value that is neither JSON nor bytes, or a name that is taken
 */
export function widget<State extends object = Record<string, never>>(options: WidgetOptions<State>): Widget<State> {
  return new Widget(options);
}

/** What {@link widget} gives. */
export class Widget<State extends object> {
  readonly #listeners = new Map<PropertyKey, Set<Listener>>();
  readonly #messages = new Set<MessageListener>();
  readonly #model: Model | null;
  #state: Readonly<State>;

  /** Use {@link widget}. */
  constructor({ esm, css = "", state }: WidgetOptions<State>) {
    if (typeof esm !== "string" || esm.trim() === "")
      throw new TypeError("widget() needs esm: the text of a JavaScript module that draws it.");
    this.#state = checkedState<State>(state ?? {});
    const on = {
      changed: (changes: Readonly<Record<string, unknown>>) => this.#changed(changes),
      message: (content: unknown, buffers: readonly Uint8Array[]) =>
        callAll([...this.#messages].map((listener) => () => listener(content, buffers))),
    };
    this.#model = Model.open({ esm, css, state: () => this.#state, on });
  }

  /** The state as it is now. To change it: {@link set}. */
  get state(): Readonly<State> {
    return this.#state;
  }

  /** The id of its model in the front end; null where nothing can draw it. */
  get id(): string | null {
    return this.#model?.id ?? null;
  }

  /** Whether a front end can still draw it. */
  get isOpen(): boolean {
    return this.#model?.isOpen ?? false;
  }

  /**
   * Changes parts of the state, here and in the front end. A value that was changed in place is sent by setting it again.
   *
   * @throws {TypeError} a value is neither JSON nor bytes; nothing is changed then
   */
  set(changes: Partial<State>): void {
    const news = Object.entries(checkedState(changes)).filter(
      ([name, value]) => (typeof value === "object" && value !== null) || value !== Reflect.get(this.#state, name),
    );
    if (news.length === 0) return;
    const changed = Object.fromEntries(news);
    const before = this.#take(changed);
    this.#model?.update(changed);
    this.#tell(changed, before);
  }

  /**
   * Listens to changes of one part of the state, from either side.
   *
   * @returns ends the listening
   */
  on<Name extends keyof State>(name: Name, listener: (value: State[Name], before: State[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener as Listener));
    return () => listeners.delete(listener as Listener);
  }

  /**
   * Sends a message that is no state: `model.on("msg:custom", (content, buffers) => …)` hears it.
   *
   * @throws {TypeError} the content is no JSON
   */
  send(content: unknown, buffers: readonly Uint8Array[] = []): void {
    if (toWire({ content }).paths.length > 0)
      throw new TypeError("A widget's message is JSON; give its bytes as the second argument: send(content, [bytes]).");
    this.#model?.custom(content, buffers);
  }

  /**
   * Listens to messages that the front end sends by `model.send(content, undefined, buffers)`.
   *
   * @returns ends the listening
   */
  onMessage(listener: (content: unknown, buffers: readonly Uint8Array[]) => void): () => void {
    this.#messages.add(listener);
    return () => this.#messages.delete(listener);
  }

  /** Draws it under the running cell; as its last expression it draws itself. Several pictures share the state. */
  show(): void {
    host().show(widgetBundle(this));
  }

  /** Takes it off the screen. The state stays readable. */
  close(): void {
    this.#model?.close();
  }

  #changed(changes: Readonly<Record<string, unknown>>): void {
    const typed = Object.fromEntries(
      Object.entries(changes).map(([name, value]) => [name, likeBefore(value, Reflect.get(this.#state, name))]),
    );
    this.#tell(typed, this.#take(typed));
  }

  /** Gives the state as it was. */
  #take(changes: object): Readonly<State> {
    const before = this.#state;
    this.#state = Object.freeze({ ...before, ...changes });
    return before;
  }

  #tell(changes: object, before: Readonly<State>): void {
    const calls = Object.entries(changes).flatMap(([name, value]) =>
      [...(this.#listeners.get(name) ?? [])].map((listener) => () => listener(value, Reflect.get(before, name))),
    );
    callAll(calls);
  }
}

drawable(Widget.prototype, "widget");

/** One that fails keeps no other from being called; what it threw comes afterwards. */
function callAll(calls: readonly (() => void)[]): void {
  const errors: unknown[] = [];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} listeners of a widget failed.`);
  if (errors.length === 1) throw errors[0];
}

function checkedState<State extends object>(state: object): Readonly<State> {
  const taken = Object.keys(state).find((name) => reserved.test(name));
  if (taken !== undefined)
    throw new TypeError(`A widget's state cannot have the name "${taken}", which the front end uses itself.`);
  toWire(state);
  return Object.freeze({ ...state }) as Readonly<State>;
}
