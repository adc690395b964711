import type { Json } from "../../track/index.ts";
import { encode } from "./codec.ts";

/**
 * The value as JSON; a record's `undefined` fields are refused like everything that JSON would change.
 *
 * @throws {TypeError} "params.start is a Date; …"
 */
export function jsonOf(value: unknown, name: string): Json {
  encode(value, name);
  refuseTagged(value, name);
  return structuredClone(value) as Json;
}

function refuseTagged(value: unknown, path: string): void {
  if (typeof value === "object" && value !== null) {
    if (!Array.isArray(value) && Object.prototype.toString.call(value) !== "[object Object]") {
      throw new TypeError(`${path} is a ${value.constructor.name}; ${wayOut}`);
    }
    for (const [key, part] of Object.entries(value)) {
      refuseTagged(part, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
    }
    return;
  }
  const plain = typeof value === "number" ? Number.isFinite(value) && !Object.is(value, -0) : value !== undefined;
  if (!plain || typeof value === "bigint") {
    throw new TypeError(`${path} is ${Object.is(value, -0) ? "-0" : String(value)}; ${wayOut}`);
  }
}

const wayOut = "JSON cannot say that. Write it as text or a number; as an input of a step it may be what it is.";
