import { workingFolder } from "../plan/index.ts";
import { GivenParts } from "../values/index.ts";
import type { Draft } from "./draft.ts";
import type { ImportFinder, KnownModule } from "./imports.ts";
import { localFile } from "./local-file.ts";
import type { FunctionSyntax } from "./references.ts";
import type { FunctionScopes } from "./scopes.ts";
import type { SourceFile } from "./source-file.ts";

/** One way through all that a step needs. */
export interface Walk {
  readonly step: string;
  readonly finder: ImportFinder;
  /** In an order in which each stands behind what it needs, but for functions that call each other. */
  readonly drafts: Draft[];
  /** The draft of a value that has an identity. */
  readonly known: Map<unknown, Draft>;
  /** The drafts of import statements, by what they import. */
  readonly imports: Map<string, Draft>;
  /** The modules of packages that import statements gave: whole, or the exports that are known of them. */
  readonly modules: KnownModule[];
  /** The files whose import statements are among them. */
  readonly files: Set<string>;
  /** Local files that are imported, for not all that is used of them can be brought along. */
  readonly whole: Set<string>;
  readonly problems: Set<string>;
  /** Those of the problems that are wrong wherever the step runs. */
  readonly mistakes: Set<string>;
  /** Whether the step's function has no name: then it stands where the step is made. */
  readonly isNameless: boolean;
  /** The tables and long arrays that constants point to. */
  readonly given: GivenParts;
  /** What is asked of chance or of the clock, as it is written. */
  readonly chance: Set<string>;
  /** The step and the helpers on the way from it to here. */
  readonly via: readonly string[];
  /** Files of functions that are taken along, each with whether it was edited since. */
  readonly edited: Map<SourceFile, boolean>;
  /** The file of the function that is looked at; null: it stands in a cell, or nobody knows. */
  readonly file: string | null;
  /** The local file that an import statement led to, while its own functions are walked. */
  readonly home: string | null;
}

/** A function's place. */
export interface Surrounding extends FunctionScopes {
  readonly syntax: FunctionSyntax;
}

export function startWalk(step: string, rest: Pick<Walk, "finder" | "whole" | "isNameless">): Walk {
  const empty = {
    drafts: [],
    known: new Map(),
    imports: new Map(),
    modules: [],
    given: new GivenParts(workingFolder()),
  };
  const found = { problems: new Set<string>(), mistakes: new Set<string>(), chance: new Set<string>() };
  return { step, ...rest, ...empty, ...found, files: new Set(), edited: new Map(), file: null, via: [], home: null };
}

export function keep(value: unknown, draft: Draft, walk: Walk): Draft {
  walk.known.set(value, draft);
  walk.drafts.push(draft);
  return draft;
}

/** Parts of a step; what needs more is a program of its own, and would take seconds at each definition. */
export const partLimit = 500;

export function isFull({ known, drafts }: Walk): boolean {
  return known.size >= partLimit || drafts.length >= partLimit;
}

const makeIt = "Make it inside the step, or pass plain data as an input";

/** The way out for code that import statements do not reach. */
export const importIt = "Import it in the step with await import(), or pass plain data as an input";

/** The way out for too much code. */
export const moveIt = "Move them to a package that the step imports";

/** Notes a problem; one inside a local file is none yet where the file can be imported instead. */
export function cannotGo(what: string, walk: Walk, wayOut: string = makeIt): void {
  if (walk.home !== null && localFile(walk.home).importable) {
    walk.whole.add(walk.home);
    return;
  }
  walk.problems.add(`${toldOf(what, walk)}. ${wayOut}, or mark the step { run: "inline" }.`);
}

/** Notes a problem that stays one in a step that runs inline. */
export function mistake(what: string, walk: Walk, wayOut: string): void {
  const told = `${toldOf(what, walk)}. ${wayOut}`;
  walk.problems.add(told);
  walk.mistakes.add(told);
}

function toldOf(what: string, { step, via }: Walk): string {
  const helpers = via.slice(1).map((name) => `${name}()`);
  const through = helpers.length === 0 ? "" : `, through ${helpers.join(" and ")}`;
  return `step "${step}" cannot run by itself: ${what}${through}`;
}
