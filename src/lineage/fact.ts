/**
 * The facts of the graph: "this activity used / made that entity". Names follow W3C PROV (activity, entity, used, generated).
 * Everything else (edges, staleness, what a run came from) is a query over facts.
 */

export type Activity =
  | { readonly kind: "run"; readonly id: string }
  | { readonly kind: "step"; readonly flow: string; readonly step: string; readonly key: string }
  | { readonly kind: "cell"; readonly notebook: string; readonly cell: string };

export type Entity =
  /** A versioned file or folder: DVC's md5 (32 hex digits, `.dir` behind it for a folder), path from the project root. */
  | { readonly kind: "data"; readonly path: string; readonly md5: string; readonly bytes: number }
  /** A value that a step returned, by the digest of its canonical encoding. */
  | { readonly kind: "value"; readonly digest: string; readonly name: string }
  /** A file kept with a run. */
  | { readonly kind: "artifact"; readonly run: string; readonly path: string }
  /** A registered model's version. */
  | { readonly kind: "model"; readonly name: string; readonly version: string };

export interface Fact {
  readonly activity: Activity;
  readonly verb: "used" | "made";
  readonly entity: Entity;
  /** Unix time. */
  readonly timeMs: number;
}
