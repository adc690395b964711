import type { MimeBundle } from "../host/index.ts";
import { counted, type Drawn, wide } from "./data-bundle.ts";
import { htmlHeader, htmlNote, type PlainCell } from "./html.ts";
import { shortened, textTable } from "./plain-text.ts";

/** What is shown of a catalog. */
export interface CatalogFacts {
  readonly files: readonly string[];
  readonly sets: readonly {
    readonly name: string;
    readonly path: string;
    readonly format: string;
    /** null where that cannot be told without asking the place. */
    readonly here: boolean | null;
    readonly columns: readonly string[];
    readonly partitioned: boolean;
    readonly description: string | null;
    readonly problems: readonly string[];
  }[];
}

/** Sets that are drawn; a large catalog's others are counted. */
const drawnSets = 100;

/** A catalog as a table of its data sets. */
export function dataCatalogBundle({ files, sets }: CatalogFacts): MimeBundle {
  const facts = [counted(sets.length, "data set")];
  const table: Drawn = {
    columns: ["name", "where", "format", "", "about"].map((title) => ({ title, right: false })),
    rows: sets
      .slice(0, drawnSets)
      .map((set): readonly PlainCell[] => [
        { text: shortened(set.name), strong: true },
        { text: shortened(set.path, 60), title: set.path },
        { text: set.partitioned ? `${set.format}, partitioned` : set.format },
        { text: set.here === false ? "not here" : "", quiet: true },
        { text: shortened(aboutText(set), 80), title: aboutText(set) },
      ]),
  };
  const name = files.length === 0 ? "No catalog" : files.join(", ");
  const note = sets.length > drawnSets ? `and ${sets.length - drawnSets} more` : noteOf(files);
  return {
    "text/html": htmlHeader(name, facts) + (sets.length === 0 ? "" : wide(table)) + htmlNote(note),
    "text/plain": [
      [name, ...facts].join(" · "),
      ...(sets.length === 0 ? [] : [textTable(table.columns, table.rows)]),
      ...(note === "" ? [] : [note]),
    ].join("\n"),
  };
}

function aboutText({ problems, description, columns }: CatalogFacts["sets"][number]): string {
  return problems[0] ?? description ?? columns.join(", ");
}

function noteOf(files: readonly string[]): string {
  return files.length === 0
    ? "catalog.yaml, or stemma.catalog in package.json, names data sets: cases: {path: data/cases.csv}"
    : "";
}
