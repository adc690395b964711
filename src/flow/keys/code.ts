import { realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import { findProject } from "../../store/index.ts";
import type { StepFunction } from "../builder.ts";
import {
  type CapturedStep,
  capture,
  fileOfLine,
  importFinder,
  largeValues,
  moduleText,
  runnableText,
} from "../capture/index.ts";
import { outsThere } from "../command/index.ts";
import type { PlannedFlow } from "../define-plan.ts";
import { sha256 } from "../encoding/index.ts";
import { FlowDefinitionError } from "../flow-error.ts";
import type { CommandPlan, StepPlan } from "../plan/index.ts";
import { type PartBytes, type Value, valueOfText } from "../values/index.ts";
import { type CodeParts, codeParts } from "./key.ts";
import { shownPath } from "./program-sources.ts";

/** The code of one step, as it is now. */
export interface StepCode {
  readonly step: StepPlan;
  readonly fn: StepFunction;
  readonly digest: string;
  readonly parts: CodeParts;
  /** Text for a thread; null where the code cannot stand alone. */
  readonly runnable: string | null;
  readonly module: string;
  /** Why it cannot be kept: it uses what no key can hold. Null where it can. */
  readonly loose: string | null;
  /** Whether a kept result can still be used: the files that it names are there. */
  readonly usable: (kept: Value) => boolean;
  /** Large values that it closes over, which its module names by their digests. */
  readonly closure: readonly { readonly name: string; readonly value: Value }[];
  /** The tables and long arrays that its values point to. */
  readonly given: PartBytes;
  /** What it asks of chance or of the clock, as it is written. */
  readonly chance: readonly string[];
  /** The user's own files that its functions stand in, absolute paths. */
  readonly files: readonly string[];
  /** Those of them that were edited since they were loaded. */
  readonly edited: readonly string[];
  /** The one of them that a line of `runnable` comes from, counted from 1; null: a cell. */
  readonly fileAt: (line: number) => string | null;
}

/** What the author of a flow should know of its steps, a sentence each: results that cannot be proved. */
export function codeNotes(codes: ReadonlyMap<string, StepCode>): readonly string[] {
  return [...editNotes([...codes.values()]), ...chanceNotes([...codes.values()])];
}

// What runs is what the process has loaded.
function editNotes(codes: readonly StepCode[]): readonly string[] {
  const files = [...new Set(codes.flatMap(({ edited }) => edited))];
  return files.map((file) => {
    const steps = codes.filter(({ edited }) => edited.includes(file)).map(({ step }) => step.id);
    const shown = `${steps.slice(0, 3).join(", ")}${steps.length > 3 ? ` and ${steps.length - 3} more` : ""}`;
    return `${shownPath(file)} was edited since it was imported: ${shown} ${steps.length === 1 ? "runs" : "run"} as it was then. Run the cells again that import it and define the flow, or restart the kernel.`;
  });
}

function chanceNotes(codes: readonly StepCode[]): readonly string[] {
  return codes.flatMap(({ step, chance }) => {
    if (chance.length === 0 || !step.cache) return [];
    return `step "${step.id}" is kept, and uses ${chance.join(" and ")}: its result cannot be proved by running it again. Use the step's ctx.random, give it the value as an input, or mark it { cache: false }.`;
  });
}

/** What changed in the steps' outside values since another look at them, a sentence each. */
export function changeNotes(
  before: ReadonlyMap<string, StepCode>,
  now: ReadonlyMap<string, StepCode>,
): readonly string[] {
  const changed = [...now].flatMap(([id, { parts }]) => {
    const then = new Map((before.get(id)?.parts ?? []).map((part) => [part.name, part.digest]));
    return parts
      .filter(({ kind, name, digest }) => isValue(kind) && then.has(name) && then.get(name) !== digest)
      .map(({ name }) => ({ id, name: name.replace(/\$\d+$/, "") }));
  });
  const names = [...new Set(changed.map(({ name }) => name))];
  return names.map((name) => {
    const steps = changed.filter((one) => one.name === name).map(({ id }) => id);
    return `${name} changed since the flow was defined: ${steps.join(", ")} ${steps.length === 1 ? "uses" : "use"} it as it is now.`;
  });
}

function isValue(kind: CodeParts[number]["kind"]): boolean {
  return kind === "constant" || kind === "object";
}

/**
 * The code of all steps, with the values that it reads now.
 *
 * @param folder the notebook's
 * @throws {FlowDefinitionError} a step that may run in a thread cannot stand alone; all problems of all steps at once
 */
export function stepCodes(flow: PlannedFlow, folder: string): ReadonlyMap<string, StepCode> {
  const problems: string[] = [];
  const finder = importFinder(folder);
  const known = new Map<StepFunction, OwnCode>();
  const codes = flow.plan.steps.map((step) => {
    const fn = flow.functions.get(step.id);
    if (fn === undefined) throw new RangeError(`flow "${flow.plan.name}" has no function for step ${step.id}`);
    if (step.command !== null) return [step.id, commandCode(step, { fn, command: step.command, folder })] as const;
    // The steps of a fan have one function; a problem names its step, so what has one is looked at again.
    const seen = known.get(fn);
    if (seen !== undefined) return [step.id, { step, ...seen }] as const;
    const captured = capture(fn, step.id, finder);
    const code = codeOf(fn, captured);
    if (captured.problems.length === 0) known.set(fn, code);
    problems.push(...(step.run === "inline" ? captured.mistakes : captured.problems));
    return [step.id, { step, ...code }] as const;
  });
  if (problems.length > 0) throw new FlowDefinitionError(flow.plan.name, someOf([...new Set(problems)]));
  return new Map(codes);
}

interface Command {
  readonly fn: StepFunction;
  readonly command: CommandPlan;
  readonly folder: string;
}

// The code of a command is its text, and where it runs: it may read files there that are none of its deps.
function commandCode(step: StepPlan, { fn, command, folder }: Command): StepCode {
  const text = JSON.stringify(command, null, 2);
  const own = sha256(`command ${text}`);
  const project = findProject(folder);
  // From the root: a project that moves as a whole keeps its results.
  const at = relative(project.root, realpathSync(folder)).split(sep).join("/");
  const place: CodeParts = at === "" ? [] : [{ kind: "folder", name: "folder", digest: sha256(at), from: at }];
  const digest = at === "" ? own : sha256(`command ${text} in ${at}`);
  const parts: CodeParts = [...place, { kind: "function", name: step.name, digest: own, from: null }];
  const usable = (kept: Value): boolean => outsThere(project, kept.text());
  const none = { loose: null, closure: [], given: new Map(), chance: [], files: [], edited: [], fileAt: () => null };
  return { step, fn, digest, parts, runnable: null, module: `${text}\n`, usable, ...none };
}

function someOf(problems: readonly string[]): readonly string[] {
  const more = problems.length - 10;
  return more <= 0 ? problems : [...problems.slice(0, 10), `and ${more} more of that kind`];
}

/** What the steps of one function have in common. */
type OwnCode = Omit<StepCode, "step">;

function codeOf(fn: StepFunction, captured: CapturedStep): OwnCode {
  const alone = captured.problems.length === 0;
  return {
    fn,
    digest: captured.digest,
    parts: codeParts(captured.parts),
    runnable: alone ? runnableText(captured) : null,
    module: moduleText(captured),
    usable: () => true,
    closure: largeValues(captured).map(({ name, text, digest }) => ({ name, value: valueOfText(text, digest) })),
    given: captured.given,
    chance: captured.chance,
    files: [...new Set(captured.parts.flatMap((part) => (part.kind === "function" ? (part.file ?? []) : [])))],
    edited: captured.edited,
    fileAt: (line) => fileOfLine(captured, line),
    loose: alone
      ? null
      : (captured.problems[0] ?? "").replace(/^.*?: /, "").replace(/\. (Make|Import|Move|Start) .*$/, ""),
  };
}
