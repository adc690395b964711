import type { Scope } from "./scopes.ts";

/**
 * The variable of a script, as cells are in Deno's kernel: the same for all scripts of the process. Null where no script
 * declares the name: then it is the host's, or nobody's.
 */
export function scriptVariable(name: string): Scope | null {
  if (name in globalThis) return isDeclared(name) ? (globalThis as unknown as Scope) : null;
  try {
    // `let`, `const` and `class` of a script are no properties of anything; only code of the global scope reads them.
    return { [name]: new Function(`return ${name}`)() as unknown };
  } catch {
    // Not declared, or its cell has failed before it had a value.
    return null;
  }
}

/** Whether a function is declared at the top of a script: there no variable around it hides a script's. */
export function isOfScript(fn: { readonly name: string }): boolean {
  return isDeclared(fn.name) && Reflect.get(globalThis, fn.name) === fn;
}

// What `function` and `var` of a script make; the host's own properties can be taken away, or are not listed.
function isDeclared(name: string): boolean {
  const field = Object.getOwnPropertyDescriptor(globalThis, name);
  return field !== undefined && "value" in field && field.enumerable === true && field.configurable === false;
}
