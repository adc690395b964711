import type { Entity } from "../lineage/index.ts";
import type { WantedVersion } from "./checkout-data.ts";

/** A version to restore or to read: a {@link DataVersion}, an input of a run or of its record, an entity of the lineage; or a path of data or of a `.dvc` file. */
export type CheckoutTarget =
  | string
  | WantedVersion
  | Extract<Entity, { readonly kind: "data" }>
  | { readonly digest: string; readonly source: string };

/** What a target names. @throws {TypeError} it is none */
export function wantedOf(target: unknown, call: string): string | WantedVersion {
  if (typeof target === "string") return target;
  if (typeof target === "object" && target !== null) {
    const { path, md5, source, digest } = target as Readonly<Record<string, unknown>>;
    if (typeof path === "string" && typeof md5 === "string") return { path, md5 };
    if (typeof source === "string" && typeof digest === "string") return { path: uriOf(source), md5: digest };
  }
  throw new TypeError(`${call} wants a path, a version or an input of a run, got ${JSON.stringify(target)}`);
}

// A data set of MLflow's has its path in `source`, as JSON: {"uri": "data/cases.csv"}.
function uriOf(source: string): string {
  try {
    const { uri }: { readonly uri?: unknown } = Object(JSON.parse(source));
    if (typeof uri === "string") return uri;
  } catch {
    // Then it is the path itself.
  }
  return source;
}
