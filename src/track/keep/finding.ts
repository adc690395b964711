/** What is wrong with a store, by kind. */
export type FindingKind =
  | "database"
  | "chunk"
  | "series"
  | "row"
  | "experiment"
  | "lease"
  | "tail"
  | "artifacts"
  | "name";

/** One thing that is wrong, in words. */
export interface Finding {
  readonly kind: FindingKind;
  /** A sentence that names the thing. */
  readonly message: string;
  /** What `--repair` does about it; null where it can do nothing. */
  readonly repair: string | null;
}
