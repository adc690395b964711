/** A table on a card. */
export interface CardTable {
  readonly rows: readonly object[];
  /** Absent on cards of earlier versions. */
  readonly columns?: readonly string[] | undefined;
}

/**
 * The columns of a table in its author's order. They are kept beside the rows: who sorts the keys of JSON, as Jupyter does with
 * a notebook that it saves, would put them in the order of the alphabet.
 */
export function cardColumns({ rows, columns }: CardTable): readonly string[] {
  if (columns !== undefined) return columns;
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row ?? {})) names.add(name);
  return [...names];
}
