export type Entity = "metric" | "param" | "tag" | "attribute" | "dataset";
export type Operator =
  | "="
  | "!="
  | ">"
  | ">="
  | "<"
  | "<="
  | "LIKE"
  | "ILIKE"
  | "IN"
  | "NOT IN"
  | "IS NULL"
  | "IS NOT NULL";

/** One condition: `metrics.rmse < 20`. */
export interface Clause {
  readonly entity: Entity;
  readonly key: string;
  readonly operator: Operator;
  /** A number, a text, or for IN and NOT IN a list of texts; null for IS NULL. */
  readonly value: number | string | readonly string[] | null;
}

/** What to sort by. */
export interface Order {
  readonly entity: Entity;
  readonly key: string;
  readonly descending: boolean;
}

/** What a filter says of a run; `all` of no parts is true. */
export type Condition =
  | { readonly kind: "clause"; readonly clause: Clause }
  | { readonly kind: "all"; readonly parts: readonly Condition[] }
  | { readonly kind: "any"; readonly parts: readonly Condition[] }
  | { readonly kind: "not"; readonly part: Condition };
