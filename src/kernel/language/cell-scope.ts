/** The variables of all cells by name; tslab's `exports`. */
export type Variables = Record<string, unknown>;

/** What a cell's script calls to give its top-level names to the cells after it; one for each cell that runs. */
export interface CellScope {
  /** A `const` or class, when its statement has run; also a function, at the head of the cell. */
  constant(name: string, value: unknown): void;
  /** A `let`, when its statement has run: it stays the variable of its own script, which others read and write here. */
  variable(name: string, get: () => unknown, set: (value: unknown) => void): void;
  /** A `var`, an enum, a namespace: there from the head of the cell on, and reached when it is no longer undefined. */
  hoisted(name: string, get: () => unknown, set: (value: unknown) => void): void;
  /** A name that was imported: its module may change it. */
  live(name: string, get: () => unknown): void;
}

/** A {@link CellScope} with the kernel's side of it. */
export interface OpenScope extends CellScope {
  /** Ends the cell's say: a stopped cell may go on, but declares nothing any more. */
  close(): void;
  /** Closes it after a failure: names that were not reached are again what they were. @returns the names reached */
  closeFailed(): ReadonlySet<string>;
}

/**
 * A scope for one cell.
 *
 * A name declared again is a new variable: what was defined before is replaced, not assigned, so that functions of the
 * earlier cell keep theirs.
 */
export function openScope(variables: Variables): OpenScope {
  const reached = new Set<string>();
  const earlier = new Map<string, PropertyDescriptor | undefined>();
  let isOpen = true;
  const put = (name: string, descriptor: PropertyDescriptor): void => {
    Object.defineProperty(variables, name, { ...descriptor, configurable: true, enumerable: true });
  };
  const define = (name: string, descriptor: PropertyDescriptor): void => {
    if (!isOpen) return;
    reached.add(name);
    put(name, descriptor);
  };
  return {
    constant: (name, value) => define(name, { value, writable: true }),
    variable: (name, get, set) => define(name, { get, set }),
    live: (name, get) => define(name, { get, set: (value) => put(name, { value, writable: true }) }),
    hoisted(name, get, set) {
      earlier.set(name, Object.getOwnPropertyDescriptor(variables, name));
      define(name, { get, set });
    },
    close() {
      isOpen = false;
    },
    closeFailed() {
      isOpen = false;
      for (const [name, descriptor] of earlier) {
        if (isAssigned(variables, name)) continue;
        reached.delete(name);
        if (descriptor === undefined) delete variables[name];
        else Object.defineProperty(variables, name, descriptor);
      }
      return reached;
    },
  };
}

function isAssigned(variables: Variables, name: string): boolean {
  try {
    return variables[name] !== undefined;
  } catch {
    // Declared for TypeScript only, or by a statement that did not run: reading it is a ReferenceError.
    return false;
  }
}
