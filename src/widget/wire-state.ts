/** State as Jupyter's widget messages carry it: JSON, and beside it the bytes with the place of each. */
export interface WireState {
  readonly state: Readonly<Record<string, unknown>>;
  readonly paths: readonly Path[];
  readonly buffers: readonly Uint8Array[];
}

/** Keys and indices from the outside in. */
export type Path = readonly (string | number)[];

interface Place {
  readonly path: Path;
  /** The objects around it. */
  readonly around: readonly object[];
}

/**
 * Takes the bytes out of a state.
 *
 * @throws {TypeError} a value is neither JSON nor bytes and would reach the front end as something else
 */
export function toWire(state: object): WireState {
  const paths: Path[] = [];
  const buffers: Uint8Array[] = [];
  const take = (value: unknown, place: Place): unknown => {
    const bytes = bytesOf(value);
    if (bytes !== null) {
      paths.push(place.path);
      buffers.push(bytes);
      return null;
    }
    if (typeof value !== "object" || value === null) return checked(value, place.path);
    if (place.around.includes(value)) throw refused(place.path, "contains itself");
    const inside = (part: unknown, key: string | number): unknown =>
      take(part, { path: [...place.path, key], around: [...place.around, value] });
    if (Array.isArray(value)) return Array.from(value, inside);
    if (!isPlain(value)) throw refused(place.path, `is a ${value.constructor?.name ?? "strange object"}`);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inside(part, key)]));
  };
  const wire = take(state, { path: [], around: [] }) as WireState["state"];
  return { state: wire, paths, buffers };
}

/** Puts the bytes back where they were; paths that lead nowhere are an error of whoever sent them. */
export function fromWire({ state, paths, buffers }: WireState): Readonly<Record<string, unknown>> {
  const whole = structuredClone(state) as Record<string, unknown>;
  for (const [index, path] of paths.entries()) {
    const last = path.at(-1);
    const holder: unknown = path.slice(0, -1).reduce(ownPart, whole);
    if (last === undefined || typeof holder !== "object" || holder === null)
      throw new TypeError(`A widget's front end sent bytes for ${JSON.stringify(path)}, which its state has not.`);
    Object.defineProperty(holder, last, {
      value: buffers[index],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return whole;
}

function ownPart(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

/** Bytes in the kind of array that a value was until now: the front end sends no kind. */
export function likeBefore(value: unknown, before: unknown): unknown {
  if (!(value instanceof Uint8Array) || !ArrayBuffer.isView(before) || before instanceof Uint8Array) return value;
  // A copy: other kinds need an aligned beginning.
  const { buffer } = new Uint8Array(value);
  if (before instanceof DataView) return new DataView(buffer);
  const kind = before.constructor as new (buffer: ArrayBufferLike) => unknown;
  return new kind(buffer);
}

function bytesOf(value: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : null;
}

function checked(value: unknown, path: Path): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return value;
  throw refused(path, typeof value === "number" || value === undefined ? `is ${value}` : `is a ${typeof value}`);
}

function refused(path: Path, what: string): TypeError {
  const place = path.length === 0 ? "state" : `state.${path.join(".")}`;
  return new TypeError(`${place} ${what}. A widget's state is JSON and bytes (typed arrays, ArrayBuffer).`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
