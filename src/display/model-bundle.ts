import type { MimeBundle } from "../host/index.ts";
import { htmlHeader, htmlNote, htmlTable } from "./html.ts";
import { formatBytes } from "./numbers.ts";

/** One thing that a model takes or gives. */
export interface ModelField {
  readonly name: string;
  /** "double", "float32 any x 4" */
  readonly type: string;
}

/** What is shown of a kept model. */
export interface ModelFacts {
  readonly name: string;
  readonly uri: string;
  readonly flavors: readonly string[];
  readonly aliases: readonly string[];
  readonly bytes: number | null;
  readonly run: string | null;
  /** Null where nobody said. */
  readonly inputs: readonly ModelField[] | null;
  readonly outputs: readonly ModelField[] | null;
}

/** Fields that are named; those of a wide table are counted. */
const shownFields = 20;

/** A model in one line, what it takes and gives below it; HTML and text say all there is, so it needs no view of its own. */
export function modelBundle(model: ModelFacts): MimeBundle {
  const loads = model.flavors.filter((flavor) => flavor !== "python_function" && flavor !== "stemma");
  const facts = [
    model.uri,
    ...model.aliases.map((alias) => `@${alias}`),
    loads.join(", "),
    ...(model.bytes === null ? [] : [formatBytes(model.bytes)]),
    ...(model.run === null ? [] : [`run ${model.run.slice(0, 8)}`]),
    model.flavors.includes("python_function") ? "loads in Python too" : "loads in JavaScript only",
  ];
  const rows = [...fieldRows("takes", model.inputs), ...fieldRows("gives", model.outputs)];
  const columns = ["", "name", "type"].map((title) => ({ title, right: false }));
  const cells = rows.map(([side, name, type]) => [{ text: side, quiet: true }, { text: name }, { text: type }]);
  const text = rows.map(([side, name, type]) => `  ${[side, name, type].filter((part) => part !== "").join("  ")}`);
  return {
    "text/html":
      htmlHeader(model.name, facts) +
      (rows.length === 0 ? htmlNote("Nobody said what it takes.") : htmlTable(columns, cells)),
    "text/plain": [[model.name, ...facts].join(" · "), ...text].join("\n"),
  };
}

function fieldRows(side: string, fields: readonly ModelField[] | null): readonly (readonly [string, string, string])[] {
  const shown = (fields ?? []).slice(0, shownFields);
  const more = (fields?.length ?? 0) - shown.length;
  const rows = shown.map(({ name, type }, i) => [i === 0 ? side : "", name, type] as const);
  return more > 0 ? [...rows, ["", `and ${more} more`, ""]] : rows;
}
