import type { MimeBundle } from "../host/index.ts";
import type { ReproducedKind, ReproducedValue, ReproductionRecord } from "../track/index.ts";
import { htmlHeader, htmlNote, htmlTable, type PlainCell, type PlainColumn } from "./html.ts";
import { textTable } from "./plain-text.ts";

/** In the order of the tables, and what several are called. */
const kinds: Readonly<Record<ReproducedKind, string>> = {
  status: "status",
  run: "nested runs",
  code: "code",
  param: "params",
  metric: "metrics",
  data: "data versions",
  artifact: "artifacts",
  result: "step results",
  package: "packages",
  node: "Node",
};

/** Differences that are shown; the rest is counted. */
const shownRows = 50;

const columns: readonly PlainColumn[] = ["", "name", "then", "again", "off by"].map((title, i) => ({
  title,
  right: i === 4,
}));

/** What differs of a run that ran again, a row each, and what is equal in one line; HTML and text say all there is. */
export function reproductionBundle(record: ReproductionRecord): MimeBundle {
  const differing = record.values.filter(({ equal }) => !equal);
  const rows = differing.slice(0, shownRows).map(rowOf);
  const more = differing.length - rows.length;
  const facts = [
    record.experiment,
    record.equal ? "the same again" : `${differing.length} of ${record.values.length} differ`,
    `run ${record.run.slice(0, 8)}, again ${record.again.slice(0, 8)}`,
  ];
  const notes = [
    ...(more > 0 ? [`and ${more} more`] : []),
    equalLine(record.values),
    ...record.notes,
    ...(record.folder === null ? [] : [`It ran in ${record.folder}, which is still there.`]),
  ].filter((note) => note !== "");
  const table = rows.length === 0 ? [] : [textTable(columns, rows)];
  return {
    "text/html":
      htmlHeader(record.name, facts) +
      (rows.length === 0 ? "" : htmlTable(columns, rows)) +
      notes.map((note) => htmlNote(note)).join(""),
    "text/plain": [[record.name, ...facts].join(" · "), ...table, ...notes].join("\n"),
  };
}

function rowOf({ kind, name, before, again, relative }: ReproducedValue): readonly PlainCell[] {
  const side = (text: string | null): PlainCell => (text === null ? { text: "-", quiet: true } : sideOf(text));
  return [
    { text: kind, quiet: true },
    { text: name, strong: true },
    side(before),
    side(again),
    { text: part(relative) },
  ];
}

/** A digest by its first letters. */
function sideOf(text: string): PlainCell {
  return /^([0-9a-f]{32}(\.dir)?|[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
    ? { text: text.slice(0, 12), title: text }
    : { text };
}

/** "0.3 %", "2e-16": a part, as a person compares it. */
function part(relative: number | null): string {
  if (relative === null) return "";
  return relative >= 0.0001 ? `${Number((relative * 100).toPrecision(2))} %` : relative.toPrecision(1);
}

/** "Equal: 3 params, 2 metrics, code, Node." */
function equalLine(values: readonly ReproducedValue[]): string {
  const counted = Object.entries(kinds).flatMap(([kind, name]) => {
    const count = values.filter((value) => value.kind === kind && value.equal).length;
    if (count === 0) return [];
    const isOne = kind === "status" || kind === "code" || kind === "node";
    return [isOne ? name : `${count} ${count === 1 ? name.replace(/s$/, "") : name}`];
  });
  return counted.length === 0 ? "" : `Equal: ${counted.join(", ")}.`;
}
