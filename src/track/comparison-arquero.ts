import { StemmaError } from "../error.ts";
import type { ComparisonColumns } from "./comparison-columns.ts";

/** The part of the arquero module that makes tables: `import * as aq from "arquero"`. */
export interface ArqueroModule<Table> {
  table(columns: Record<string, unknown[]>): Table;
}

/** What every arquero table can tell; for its verbs, give `toArquero(aq)` the module, whose types it then has. */
export interface ArqueroTable {
  numRows(): number;
  numCols(): number;
  columnNames(): string[];
  get(name: string, row?: number): unknown;
  array(name: string): ArrayLike<unknown>;
  objects(): object[];
}

/** The optional package is not installed. */
export class MissingPackageError extends StemmaError {
  constructor(name: string, use: string, options: { readonly cause: unknown }) {
    super("MISSING_PACKAGE", `${use} needs the package ${name}, which is not installed: npm install ${name}.`, options);
  }
}

/** Columns as a table of arquero, which is loaded when it is needed. @throws {MissingPackageError} */
export async function arqueroTable(columns: ComparisonColumns): Promise<ArqueroTable> {
  // By a name that compilers do not follow: who never asks for it need not have it.
  const name = "arquero";
  const arquero = await import(name).catch((cause: unknown) => {
    throw new MissingPackageError(name, "toArquero()", { cause });
  });
  return tableOf<ArqueroTable>(arquero, columns);
}

/** Columns as a table of the given arquero. */
export function tableOf<Table>(arquero: ArqueroModule<Table>, columns: ComparisonColumns): Table {
  return arquero.table(Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, [...values]])));
}
