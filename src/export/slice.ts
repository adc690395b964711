import type { Use } from "./cells.ts";
import { liveReason } from "./live.ts";
import type { ExportProblem } from "./problem.ts";
import { definersOf, type Placed, type Program } from "./program.ts";

/** What has to stand in a module so that some names mean there what they mean in the notebook. */
export interface Slice {
  /** Whole statements, in the order of the notebook; imports are in `imports`. */
  readonly statements: readonly Placed[];
  readonly imports: readonly NeededImport[];
  readonly problems: readonly ExportProblem[];
}

export interface NeededImport {
  readonly placed: Placed;
  /** Local name -> whether it is needed in types only. */
  readonly names: ReadonlyMap<string, boolean>;
}

export interface SliceRoot {
  /** Who needs it, in messages: "fitOne", "the flow". */
  readonly name: string;
  /** The names it needs; a type-only use needs no running value. */
  readonly uses: readonly Pick<Use, "name" | "type">[];
  readonly from: Placed;
  /** What to do about a value that exists only after running a cell. */
  readonly wayOut: string;
  /** Names that are the root's own: not looked up. */
  readonly given?: ReadonlySet<string>;
  /** What exists only after running a cell is taken along: the module runs it, as the notebook would. */
  readonly live?: boolean;
  /** Indices of statements that the module may run again: the definitions of other flows. */
  readonly settled?: ReadonlySet<number>;
}

interface Gathering {
  readonly program: Program;
  readonly root: SliceRoot;
  readonly statements: Set<Placed>;
  readonly imports: Map<Placed, Map<string, boolean>>;
  readonly problems: ExportProblem[];
}

/**
 * The statements that a root needs, with all that these need in turn.
 *
 * A value that exists only after running a cell is a problem, as is one that a later cell assigns anew.
 */
export function sliceOf(program: Program, root: SliceRoot): Slice {
  const gathering: Gathering = { program, root, statements: new Set(), imports: new Map(), problems: [] };
  for (const use of root.uses) if (!root.given?.has(use.name)) need(gathering, use, root.from);
  // `import "./setup"` works for all code below it.
  for (const placed of program.statements.slice(0, root.from.index)) {
    if (placed.statement.import?.names.length === 0) gathering.imports.set(placed, new Map());
  }
  return {
    statements: [...gathering.statements].sort((a, b) => a.index - b.index),
    imports: [...gathering.imports]
      .map(([placed, names]) => ({ placed, names }))
      .sort((a, b) => a.placed.index - b.placed.index),
    problems: gathering.problems,
  };
}

/** What several roots need together. */
export function mergedSlices(slices: readonly Slice[]): Slice {
  const imports = new Map<Placed, Map<string, boolean>>();
  for (const { placed, names } of slices.flatMap((slice) => slice.imports)) {
    const merged = imports.get(placed) ?? new Map<string, boolean>();
    for (const [name, type] of names) merged.set(name, type && (merged.get(name) ?? true));
    imports.set(placed, merged);
  }
  return {
    statements: [...new Set(slices.flatMap(({ statements }) => statements))].sort((a, b) => a.index - b.index),
    imports: [...imports].map(([placed, names]) => ({ placed, names })).sort((a, b) => a.placed.index - b.placed.index),
    problems: slices.flatMap(({ problems }) => problems),
  };
}

/** The whole notebook: all statements, and the imports that any of them needs. */
export function wholeSlice(program: Program): Slice {
  const gathering = { program, imports: new Map<Placed, Map<string, boolean>>() };
  const problems: ExportProblem[] = [];
  for (const placed of program.statements) {
    if (placed.statement.import?.names.length === 0) gathering.imports.set(placed, new Map());
    for (const use of placed.statement.uses) {
      const definers = definersOf(program, use.name, placed);
      if (definers.length === 0) problems.push(...commonProblem(use, placed));
      for (const definer of definers) {
        if (definer.statement.import !== null) needImport(gathering, definer, use);
      }
    }
  }
  const statements = program.statements.filter(({ statement }) => statement.import === null);
  const imports = [...gathering.imports].map(([placed, names]) => ({ placed, names }));
  return { statements, imports: imports.sort((a, b) => a.placed.index - b.placed.index), problems };
}

function need(gathering: Gathering, use: Pick<Use, "name" | "type">, from: Placed): void {
  const definers = definersOf(gathering.program, use.name, from);
  if (definers.length === 0) gathering.problems.push(...commonProblem(use, from));
  for (const definer of definers) {
    if (definer.statement.import !== null) needImport(gathering, definer, use);
    else if (!gathering.statements.has(definer)) needStatement(gathering, definer, use);
  }
}

const commonNames: ReadonlySet<string> = new Set(["require", "module", "exports", "__dirname", "__filename"]);

function commonProblem({ name, type }: Pick<Use, "name" | "type">, from: Placed): readonly ExportProblem[] {
  if (type || !commonNames.has(name)) return [];
  const message = `\`${name}\` is of CommonJS, and stages are ES modules. Write import … from "…" instead.`;
  return [{ cell: from.cell.number, line: from.statement.line, message }];
}

function needImport({ imports }: Pick<Gathering, "imports">, placed: Placed, use: Pick<Use, "name" | "type">): void {
  const names = imports.get(placed) ?? new Map<string, boolean>();
  imports.set(placed, names.set(use.name, use.type && (names.get(use.name) ?? true)));
}

function needStatement(gathering: Gathering, placed: Placed, use: Pick<Use, "name" | "type">): void {
  const { program, root, statements, problems } = gathering;
  const reason = root.live === true ? null : liveReason(program, placed, root.settled);
  if (reason !== null) {
    // `typeof cases` in a type: the stage runs without it.
    if (!use.type) problems.push(liveProblem(root, placed, { name: use.name, reason }));
    return;
  }
  statements.add(placed);
  for (const below of placed.statement.uses) need(gathering, below, placed);
  for (const changer of changersOf(program, use.name, { placed, until: root.from })) {
    if (changer.statement.assigns.includes(use.name) && changer.cell !== placed.cell) {
      problems.push(assignedProblem(root, changer, use.name));
    } else if (!statements.has(changer)) needStatement(gathering, changer, { name: use.name, type: false });
  }
}

// `const grid = []; for (…) grid.push(…)`: the loop is part of the value.
function changersOf(
  program: Program,
  name: string,
  { placed, until }: { readonly placed: Placed; readonly until: Placed },
): readonly Placed[] {
  return program.statements.filter(
    (other) =>
      other.index > placed.index &&
      other.index <= until.index &&
      (other.statement.assigns.includes(name) || other.statement.mutates.includes(name)) &&
      definersOf(program, name, other).includes(placed),
  );
}

function liveProblem(
  root: SliceRoot,
  placed: Placed,
  { name, reason }: { readonly name: string; readonly reason: string },
): ExportProblem {
  return {
    cell: placed.cell.number,
    line: placed.statement.line,
    message: `${root.name} uses \`${name}\`, made by running cell ${placed.cell.number} (${reason}). ${root.wayOut}`,
  };
}

function assignedProblem(root: SliceRoot, changer: Placed, name: string): ExportProblem {
  return {
    cell: changer.cell.number,
    line: changer.statement.line,
    message: `\`${name}\`, which ${root.name} uses, is assigned anew here; kernels disagree on which value it then sees. Make it a const, or an input.`,
  };
}
