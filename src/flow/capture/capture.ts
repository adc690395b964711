import { types } from "node:util";
import { isFlow } from "../define/index.ts";
import { CodecError, encode } from "../encoding/index.ts";
import { refFacts } from "../plan/index.ts";
import { isNode, walk as walkTree } from "../syntax/index.ts";
import { bodyOnlyDraft, refuseBodyOnly } from "./body-only.ts";
import { noteChance } from "./chance.ts";
import type { Draft, Use } from "./draft.ts";
import type { ImportFinder } from "./imports.ts";
import { lookUp, type Using } from "./look-up.ts";
import { mutation } from "./mutation.ts";
import { named } from "./named.ts";
import { noInspector, withoutInspector } from "./no-inspector.ts";
import { boundDraft, instanceDraft, isInstance, methodOf, refuseChange, refuseThis } from "./objects.ts";
import type { CapturedStep } from "./part.ts";
import { ownProperties, prototypeProperties } from "./properties.ts";
import { type FreeName, type FunctionSyntax, functionSyntax } from "./references.ts";
import { boundFunction, functionScopes } from "./scopes.ts";
import { isEdited } from "./source-file.ts";
import { noteModules, type Statement, statementImport, statementOf } from "./statement.ts";
import {
  cannotGo,
  importIt,
  isFull,
  keep,
  mistake,
  moveIt,
  partLimit,
  type Surrounding,
  startWalk,
  type Walk,
} from "./walk.ts";

type AnyFunction = (...inputs: never[]) => unknown;

/**
 * A function as code that stands alone: its own text, the helpers it calls, the constants they read, the imports.
 * The values are those of now; capture again before each run.
 *
 * @param step its id in the plan, for messages
 * @param finder looks for imports from the notebook's folder; one for all steps of a flow
 */
export function capture(fn: AnyFunction, step: string, finder: ImportFinder): CapturedStep {
  const whole = new Set<string>();
  for (;;) {
    const known = whole.size;
    const walk = startWalk(step, { finder, whole, isNameless: fn.name === "" });
    functionDraft(fn, fn.name === "" ? "step" : fn.name, walk);
    // A file that cannot be brought along in parts is imported, then all of it: its functions share their variables.
    if (whole.size === known) {
      const { problems, mistakes, chance, given } = walk;
      const edited = [...new Set([...walk.edited].flatMap(([{ path }, isOther]) => (isOther ? [path] : [])))];
      const found = { problems: [...problems], mistakes: [...mistakes], chance: [...chance], edited };
      return { ...named(walk.drafts), ...found, given: given.bytes };
    }
  }
}

function draftOf(value: unknown, label: string, walk: Walk): Draft {
  if (!hasIdentity(value)) return constantDraft(value, label, walk);
  const known = walk.known.get(value) ?? bodyOnlyDraft(value, label, walk);
  if (known !== null) return known;
  const found = walk.finder.find(value, label);
  if (found !== null) return keep(value, { kind: "import", label, ...found }, walk);
  if (isFull(walk)) return tooMuch(value, label, walk);
  if (refFacts(value) !== null) return refDraft(value, label, walk);
  if (typeof value === "function" || types.isModuleNamespaceObject(value)) return codeDraft(value, label, walk);
  if (isFlow(value)) return flowDraft(value, label, walk);
  const made = isInstance(value, walk) ? instanceDraft(value, { label, walk, draftOf, makerOf }) : null;
  if (made !== null) return made;
  return holdsCode(value, walk) ? recordDraft(value, label, walk) : constantDraft(value, label, walk);
}

function refDraft(value: object, label: string, walk: Walk): Draft {
  const name = /^[A-Za-z_$][\w$]*$/.test(label) ? label : "x";
  const entry = walk.via[0] ?? "step";
  const fn = walk.isNameless ? `({ ${name} }) => …` : entry;
  const given = name === label ? name : `${name}: ${label}`;
  mistake(
    `it uses \`${label}\`, which has no value yet when the flow is defined`,
    walk,
    `Give it as an input: f.step(${fn}, { ${given} }).`,
  );
  return keep(value, { kind: "constant", label, text: "null" }, walk);
}

function flowDraft(value: object, label: string, walk: Walk): Draft {
  cannotGo(
    `it uses \`${label}\`, a flow`,
    walk,
    `Use it in the body, f.use(${label}), and give the step what that gives`,
  );
  return keep(value, { kind: "constant", label, text: "null" }, walk);
}

function hasIdentity(value: unknown): value is object {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}

function codeDraft(value: object, label: string, walk: Walk): Draft {
  const member = walk.finder.member(value, { hint: label, modules: walk.modules });
  if (member?.kind === "import") return keep(value, { ...member, label }, walk);
  if (member === null && typeof value === "function") return functionDraft(value as AnyFunction, label, walk);
  const what =
    member === null
      ? `\`${label}\`, a module as a whole, which a thread cannot import`
      : `\`${label}\`, a function inside the package ${member.package} that the package does not export`;
  cannotGo(`it uses ${what}`, walk, importIt);
  return keep(value, { kind: "constant", label, text: "null" }, walk);
}

function tooMuch(value: object, label: string, walk: Walk): Draft {
  const last = walk.via.slice(-3).map((name) => `${name}()`);
  const what = `it leads to more than ${partLimit} functions and values, the last through ${last.join(" and ")}`;
  cannotGo(what, { ...walk, via: [] }, moveIt);
  return keep(value, { kind: "constant", label, text: "null" }, walk);
}

function constantDraft(value: unknown, label: string, walk: Walk): Draft {
  const draft: Draft = { kind: "constant", label, text: encoded(value, label, walk), file: walk.file };
  if (hasIdentity(value)) return keep(value, draft, walk);
  const same = walk.drafts.find(
    (other) => other.kind === "constant" && other.label === label && other.text === draft.text,
  );
  if (same !== undefined) return same;
  walk.drafts.push(draft);
  return draft;
}

function encoded(value: unknown, label: string, walk: Walk): string {
  try {
    return encode(value, label, walk.given);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const what = error.message.slice(error.path.length + 1).split(". ")[0];
    cannotGo(`it uses \`${error.path}\`, which ${what}`, walk);
    return "null";
  }
}

function holdsCode(value: object, walk: Walk): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = Array.isArray(value) || prototype === null || Object.hasOwn(prototype as object, "isPrototypeOf");
  return plain && holdsCodeBelow(value, new Set(), walk);
}

function holdsCodeBelow(value: unknown, seen: Set<unknown>, walk: Walk): boolean {
  if (typeof value === "function") return true;
  if (!hasIdentity(value) || seen.has(value) || ArrayBuffer.isView(value)) return false;
  seen.add(value);
  return isInstance(value, walk) || Object.values(value).some((part) => holdsCodeBelow(part, seen, walk));
}

function recordDraft(value: object, label: string, walk: Walk): Draft {
  const fields: (readonly [string, Draft])[] = [];
  const draft: Draft = { kind: "record", label, list: Array.isArray(value), fields };
  walk.known.set(value, draft);
  for (const key of Object.keys(value)) fields.push([key, draftOf(Reflect.get(value, key), key, walk)]);
  walk.drafts.push(draft);
  return draft;
}

function functionDraft(fn: AnyFunction, label: string, walk: Walk): Draft {
  const text = Function.prototype.toString.call(fn);
  const syntax = functionSyntax(text);
  if (syntax !== null) return sourceDraft({ fn, text, syntax, known: fn }, label, walk);
  const bound = boundFunction(fn);
  if (bound !== null) return boundDraft(fn, bound, { label: label.replace(/^bound /, ""), walk, draftOf });
  const name = label.replace(/^(bound )+/, "");
  const wrapped = `Write a function around it: f.step(({ x }) => ${name}(x), { x })`;
  cannotGo(`the source of ${name}() is not known (it is built in, or made by bind())`, walk, wrapped);
  return keep(fn, { kind: "constant", label, text: "null" }, walk);
}

// Called with an object, gives the arrow function as it stands in that object: its `this` is that of the code around it.
function makerOf(arrow: AnyFunction, label: string, walk: Walk): Draft {
  const text = `function () { return (${Function.prototype.toString.call(arrow)}); }`;
  const syntax = functionSyntax(text);
  if (syntax === null) return functionDraft(arrow, label, walk);
  return sourceDraft({ fn: arrow, text, syntax, known: {} }, label, walk);
}

interface Source {
  /** The function whose variables the text reads. */
  readonly fn: AnyFunction;
  readonly text: string;
  readonly syntax: FunctionSyntax;
  /** What the draft stands for. */
  readonly known: object;
}

function sourceDraft({ fn, text, syntax, known }: Source, label: string, outer: Walk): Draft {
  const found = functionScopes(fn);
  const home = found.script !== null && found.script.file === outer.home ? outer.home : null;
  const source = found.script?.source ?? null;
  const walk = { ...outer, home, file: source?.path ?? null, via: [...outer.via, label] };
  if (source !== null && !walk.edited.has(source)) walk.edited.set(source, isEdited(source));
  refuseThis(fn, syntax, walk);
  noteChance(syntax, walk);
  if (/\bimport\.meta\b/.test(text) && usesImportMeta(syntax))
    cannotGo("it uses import.meta, which is its own file's", walk, "Put what it reads into a constant before it");
  const uses: Use[] = [];
  const draft: Draft = { kind: "function", label, text, syntax, uses, file: walk.file };
  walk.known.set(known, draft);
  const around: Surrounding = { ...found, syntax };
  noteModules(around, walk);
  for (const free of syntax.free) {
    const statement = statementOf(free, around);
    const use = statementImport(free, statement, walk) ?? valueUse(free, { fn, around }, entered(statement, walk));
    if (use !== null) uses.push(use);
  }
  walk.drafts.push(draft);
  ownProperties(fn, { label, draft, walk, draftOf });
  prototypeProperties(fn, { label, draft, walk, draftOf });
  return draft;
}

/** What comes from a local file is brought along as that file's. */
function entered(statement: Statement | null, walk: Walk): Walk {
  return statement?.target?.kind === "file" ? { ...walk, home: statement.target.file } : walk;
}

function valueUse(free: FreeName, using: Using, walk: Walk): Use | null {
  return isBase(free, using.around.syntax) ? baseUse(free, using.fn, walk) : useOf(free, using, walk);
}

function usesImportMeta(syntax: FunctionSyntax): boolean {
  return [...walkTree(syntax.node)].some(
    (node) => node.type === "MetaProperty" && node["meta"] !== undefined && isImport(node["meta"]),
  );
}

function isImport(meta: unknown): boolean {
  return isNode(meta) && meta["name"] === "import";
}

// A class keeps its base as its prototype, not as a variable.
function isBase(free: FreeName, syntax: FunctionSyntax): boolean {
  const base = syntax.node["superClass"];
  return base !== null && base === (free.members.at(-1)?.node ?? free.node);
}

function baseUse(free: FreeName, fn: object, walk: Walk): Use | null {
  const { name, node } = free.members.at(-1) ?? free;
  // `Error` is the same everywhere.
  if (Reflect.get(globalThis, name) === Object.getPrototypeOf(fn)) return null;
  return { node, shorthand: false, draft: draftOf(Object.getPrototypeOf(fn), name, walk) };
}

function useOf(free: FreeName, using: Using, walk: Walk): Use | null {
  const { syntax } = using.around;
  const found = lookUp(free, using, walk.finder);
  if (found.kind === "global") return null;
  if (found.kind === "hidden") {
    cannotGo(`it uses \`${found.name}\`, which cannot be seen here: ${noInspector()}`, walk, withoutInspector());
    return null;
  }
  if (found.kind === "unknown" || found.kind === "early") {
    const told =
      found.kind === "early"
        ? "has no value yet. Declare it above flow(), or run its cell first."
        : "is not defined. Run the cell that declares it before this one.";
    walk.problems.add(`step "${walk.step}" uses ${found.name}, which ${told}`);
    return null;
  }
  if (refuseBodyOnly(found.value, { label: found.name, part: free.members[0]?.name ?? null }, walk)) return null;
  const change = free.written || syntax.changed.has(free.node) ? found.name : mutation(free, found, syntax);
  if (change !== null) {
    cannotGo(`it changes \`${change}\`, a variable outside, of which a thread has its own copy`, walk);
    return null;
  }
  refuseChange(found.value, methodOf(found, free, walk), walk);
  return { node: found.node, shorthand: free.shorthand, draft: draftOf(found.value, found.name, walk) };
}
