/** What a value is, for values of every realm: a cell's objects have another `Array`, `Date` and `Object.prototype`. */

/** An object literal. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}

/** The class of a view on numbers ("Float64Array"), null for anything else; a DataView is no view on numbers. */
export function arrayKind(value: unknown): string | null {
  if (!ArrayBuffer.isView(value)) return null;
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return kind === "DataView" ? null : kind;
}

/** A value in a sentence: `the text "abc"`, `the number 3`, `a Map`. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `the text ${JSON.stringify(value.length > shownLength ? `${value.slice(0, shownLength)}…` : value)}`;
    case "bigint":
      return `the BigInt ${value}n`;
    case "number":
      return `the number ${Object.is(value, -0) ? "-0" : value}`;
    case "function":
      return `the function ${value.name || "(without a name)"}`;
    case "object":
      return value === null ? "null" : shownObject(value);
    default:
      return String(value);
  }
}

const shownLength = 40;

function shownObject(value: object): string {
  if (Array.isArray(value)) return "an array";
  if (isRecord(value)) return "an object";
  const name = value.constructor?.name || "object";
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}
