/** A method of a value, bound to it, or null where it has none of that name. */
export function method(value: object, name: PropertyKey): ((...given: readonly unknown[]) => unknown) | null {
  const found: unknown = Reflect.get(value, name);
  return typeof found === "function" ? (...given) => found.apply(value, given) as unknown : null;
}
