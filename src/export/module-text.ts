import type { ImportedName, Statement } from "./cells.ts";
import { definersOf, type Placed, type Program } from "./program.ts";
import type { NeededImport, Slice } from "./slice.ts";
import { edited } from "./syntax.ts";

export interface ModuleOptions {
  /** How the module says what a cell imports from `from`. */
  readonly specifier: (from: string) => ImportTarget;
  /** Names that the module has for itself: a variable of a cell with such a name gets another. */
  readonly reserved?: ReadonlySet<string>;
}

export interface ModuleText {
  readonly imports: readonly string[];
  readonly code: string;
  /** A piece of a statement, its names as the module has them. */
  piece(placed: Placed, place: { readonly start: number; readonly end: number }): string;
  /** The name in the module of what `name` means at a statement. */
  name(from: Placed, name: string): string;
}

export interface ImportTarget {
  readonly from: string;
  /** ` with { type: "json" }` where Node asks for it. */
  readonly attributes: string;
}

/**
 * The text of an ES module with the statements of a slice, as they stand in the cells, under a mark for each cell.
 *
 * Imports come first, each with the names that are needed; names that are needed in types only are imported as types,
 * because Node drops types without looking. A name that two cells declare keeps its name in the last of them.
 */
export function moduleText(program: Program, slice: Slice, options: ModuleOptions): ModuleText {
  const names = renames(slice, options.reserved ?? new Set());
  const imports = importLines(slice.imports, { ...options, names });
  const cells = [...new Set(slice.statements.map(({ cell }) => cell))];
  const blocks = cells.map((cell) => {
    const own = slice.statements.filter((placed) => placed.cell === cell);
    const text = own.map((placed) => statementText(program, placed, names)).join("\n");
    return `// %% cell ${cell.number} (${cell.id})\n${text.replace(/^\n/, "")}`;
  });
  return {
    imports,
    code: blocks.join("\n\n"),
    piece: (placed, place) => pieceText(program, { placed, ...place }, names),
    name: (placed, name) => nameAt(program, { placed, name }, names) ?? name,
  };
}

/** Cell and name -> the name in the module. */
type Renames = ReadonlyMap<string, string>;

function renameKey(placed: Placed, name: string): string {
  return `${placed.cell.number} ${name}`;
}

function renames(slice: Slice, reserved: ReadonlySet<string>): Renames {
  const last = new Map<string, number>();
  const defining = [
    ...slice.imports.flatMap(({ placed, names }) => [...names.keys()].map((name) => ({ placed, name }))),
    ...slice.statements.flatMap((placed) => placed.statement.defines.map(({ name }) => ({ placed, name }))),
  ];
  for (const { placed, name } of defining) last.set(name, Math.max(last.get(name) ?? 0, placed.cell.number));
  const earlier = defining.filter(
    ({ placed, name }) =>
      reserved.has(name) || (placed.cell.number !== last.get(name) && !sameImport(slice, placed, name)),
  );
  return new Map(earlier.map(({ placed, name }) => [renameKey(placed, name), `${name}_cell${placed.cell.number}`]));
}

// `import * as aq from "arquero"` in two cells is one thing.
function sameImport(slice: Slice, placed: Placed, name: string): boolean {
  if (slice.statements.some(({ statement }) => statement.defines.some((defined) => defined.name === name)))
    return false;
  const sources = slice.imports
    .filter(({ names }) => names.has(name))
    .map(({ placed: other }) => origin(other.statement, name));
  return sources.every((source) => source === origin(placed.statement, name));
}

function origin({ import: facts }: Statement, local: string): string {
  return `${facts?.from} ${facts?.names.find((name) => name.local === local)?.imported}`;
}

/** The statement's text with its comments, its names as the module has them. */
function statementText(program: Program, placed: Placed, names: Renames): string {
  const { statement, cell, leadStart } = placed;
  const before = cell.source.slice(leadStart, statement.start);
  const lead = (/^[ \t]*\n/.test(before) ? "\n" : "") + before.replace(/^\s*\n/, "");
  return lead + pieceText(program, { placed, start: statement.start, end: statement.end }, names);
}

interface Piece {
  readonly placed: Placed;
  readonly start: number;
  readonly end: number;
}

function pieceText(program: Program, { placed, start, end }: Piece, names: Renames): string {
  const { statement, cell } = placed;
  const text = cell.source.slice(start, end);
  if (names.size === 0) return text;
  const uses = statement.uses.map((use) => ({ ...use, to: nameAt(program, { placed, name: use.name }, names) }));
  const defines = statement.defines.map((defined) => ({ ...defined, to: names.get(renameKey(placed, defined.name)) }));
  // One identifier can be both: a variable that its own statement assigns.
  const edits = new Map(
    [...uses, ...defines]
      .filter((place) => place.to !== undefined && start <= place.start && place.end <= end)
      .map(({ name, shorthand, to, ...place }) => [
        place.start,
        { start: place.start - start, end: place.end - start, text: shorthand ? `${name}: ${to}` : `${to}` },
      ]),
  );
  return edited(text, [...edits.values()]);
}

function nameAt(
  program: Program,
  { placed, name }: { readonly placed: Placed; readonly name: string },
  names: Renames,
): string | undefined {
  const definer = definersOf(program, name, placed)[0];
  return definer === undefined ? undefined : names.get(renameKey(definer, name));
}

interface ImportOptions extends ModuleOptions {
  readonly names: Renames;
}

function importLines(imports: readonly NeededImport[], options: ImportOptions): readonly string[] {
  const lines = imports.map((needed) => importLine(needed, options));
  return [...new Set(lines)];
}

function importLine({ placed, names }: NeededImport, { specifier, names: renamed }: ImportOptions): string {
  const facts = placed.statement.import;
  if (facts === null) return "";
  const target = specifier(facts.from);
  const end = ` ${JSON.stringify(target.from)}${target.attributes || facts.attributes};`;
  const needed = facts.names
    .filter(({ local }) => names.has(local))
    .map((name) => ({
      ...name,
      type: name.type || names.get(name.local) === true,
      local: renamed.get(renameKey(placed, name.local)) ?? name.local,
    }));
  if (facts.names.length === 0) return `import${end}`;
  return `import ${importClause(needed)} from${end}`;
}

/** `type A, B as C` … as an import statement has it between `import` and `from`. */
export function importClause(names: readonly ImportedName[]): string {
  const allTypes = names.every(({ type }) => type);
  const whole = names.find(({ imported }) => imported === "*");
  // `import type A, { B }` is no syntax: a default import in types only is then named like the others.
  const first = names.find(({ imported, type }) => imported === "default" && (!type || names.length === 1));
  const inner = names
    .filter((name) => name !== whole && name !== first)
    .map(({ imported, local, type }) => {
      const as = imported === local ? local : `${imported} as ${local}`;
      return type && !allTypes ? `type ${as}` : as;
    });
  const clauses = [
    ...(first === undefined ? [] : [first.local]),
    ...(whole === undefined ? [] : [`* as ${whole.local}`]),
    ...(inner.length === 0 ? [] : [`{ ${inner.join(", ")} }`]),
  ];
  return `${allTypes ? "type " : ""}${clauses.join(", ")}`;
}
