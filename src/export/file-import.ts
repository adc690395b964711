import { analyzeCell } from "./cells.ts";
import type { NeededImport } from "./slice.ts";
import { isSyntax } from "./syntax.ts";

/** What code takes from Stemma: nothing that is there when it runs; only `file`, which exported stages have; more. */
export type FromStemma = "nothing" | "files" | "more";

/** Whether an import takes `file` from Stemma, and nothing else that is a value: exported stages have that themselves. */
export function givesFiles(needed: NeededImport): boolean {
  return fromStemma(valuesOfStemma(needed) ?? []) === "files";
}

/** Whether code runs without what it imports from Stemma: `file`, which stages have themselves, and types. */
export function runsAlone(needed: NeededImport): boolean {
  const values = valuesOfStemma(needed);
  return values !== null && fromStemma(values) !== "more";
}

/** Null: it imports from elsewhere. */
function valuesOfStemma({ placed, names }: NeededImport): readonly (string | undefined)[] | null {
  const { import: facts } = placed.statement;
  if (facts?.from !== "stemma" || facts.names.length === 0) return null;
  const values = [...names].filter(([, type]) => !type).map(([local]) => local);
  return values.map((local) => facts.names.find((name) => name.local === local)?.imported);
}

/** What a module of the notebook's own takes from Stemma. */
export function moduleTakes(text: string): FromStemma {
  const { statements } = analyzeCell(text);
  const used = new Set(statements.flatMap(({ uses }) => uses.filter(({ type }) => !type).map(({ name }) => name)));
  const given = statements.flatMap(({ node }) => {
    const source = node["source"];
    const from = isSyntax(source) ? source["value"] : undefined;
    return from === "stemma" && /^Export/.test(node.type) && node["exportKind"] !== "type" ? ["*"] : [];
  });
  const imported = statements.flatMap(({ import: facts }) => (facts?.from === "stemma" ? [facts.names] : []));
  const values = imported.flatMap((names) =>
    names.length === 0
      ? ["*"]
      : names.filter(({ type, local }) => !type && used.has(local)).map((name) => name.imported),
  );
  const all = [...given, ...values];
  return /\bimport\s*\(\s*["']stemma["']/.test(text) ? "more" : fromStemma(all);
}

function fromStemma(values: readonly (string | undefined)[]): FromStemma {
  if (values.length === 0) return "nothing";
  return values.every((name) => name === "file") ? "files" : "more";
}
