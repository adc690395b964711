import type { Part } from "../capture/index.ts";
import { sha256 } from "../encoding/index.ts";
import { type Binding, type Place, type StepPlan, top } from "../plan/index.ts";
import type { Value } from "../values/index.ts";
import type { Evaluator } from "./evaluate.ts";

/** One source of an input, to say which one changed. */
export interface Source {
  /** "param beta", "input cases.csv", "result of load", "the item". */
  readonly what: string;
  readonly digest: string;
}

/** All that a step's result depends on. */
export interface TaskKey {
  /** SHA-256 of the code and the inputs: the same key, the same result. */
  readonly key: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly sources: readonly Source[];
}

// Changes when the codec or the way of hashing changes, so that an older result is not taken for a newer one.
const format = 1;

/**
 * What a step would run with at a place; null while an input is not there.
 *
 * @param code digest of the captured step
 */
export function taskKey(
  step: StepPlan,
  { code, place, read }: { readonly code: string; readonly place: Place; readonly read: Evaluator },
): TaskKey | null {
  const inputs: Record<string, Value> = {};
  for (const [name, binding] of Object.entries(step.inputs)) {
    const value = read.value(binding, place);
    if (value === null) return null;
    inputs[name] = value;
  }
  const digests = Object.entries(inputs).map(([name, value]) => [name, value.digest]);
  const sorted = digests.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  const besides = declared(step, read);
  const more = besides.length === 0 ? [] : [besides.map(({ what, digest }) => [what, digest])];
  const key = sha256(JSON.stringify([format, code, sorted, ...more]));
  const sources = Object.entries(step.inputs).flatMap(([name, binding]) => sourcesOf(binding, { name, place, read }));
  return { key, inputs, sources: [...sources, ...besides] };
}

// What a step says it depends on besides its inputs.
function declared({ env, files, packages, seed }: StepPlan, read: Evaluator): readonly Source[] {
  const values: readonly (readonly [string, string | undefined])[] = Array.isArray(env)
    ? env.map((name) => [name, process.env[name]])
    : Object.entries(env);
  return [
    ...values.map(([name, value]) => ({ what: `variable ${name}`, digest: value === undefined ? "" : sha256(value) })),
    ...files.map((path) => ({ what: `file ${path}`, digest: read.value({ from: "file", path }, top)?.digest ?? "" })),
    ...packages.map((name) => ({ what: `package ${name}`, digest: read.version(name) })),
    ...(seed === null ? [] : [{ what: "seed", digest: String(seed) }]),
  ];
}

interface Reading {
  readonly name: string;
  readonly place: Place;
  readonly read: Evaluator;
}

function sourcesOf(binding: Binding, reading: Reading): readonly Source[] {
  if (binding.from === "list") return binding.items.flatMap((item) => sourcesOf(item, reading));
  if (binding.from === "record") return Object.values(binding.fields).flatMap((field) => sourcesOf(field, reading));
  const digest = reading.read.value(binding, reading.place)?.digest ?? "";
  return [{ what: sourceName(binding, reading.name), digest }];
}

/** What an item of a map is called as a source. */
export const theItem = "the item";

function sourceName(binding: Binding, input: string): string {
  switch (binding.from) {
    case "param":
      return `param ${[binding.param, ...binding.path].join(".")}`;
    case "file":
      return `input ${binding.path}`;
    case "step":
      return `result of ${binding.step}`;
    case "map":
      return `results of the map over ${binding.map}`;
    case "when":
      return `result of the branches of ${binding.when}`;
    case "state":
      return `state of ${binding.loop}`;
    case "round":
      return `round of ${binding.loop}`;
    case "loop":
      return `result of ${binding.loop}`;
    case "item":
      return theItem;
    default:
      return `input ${input}`;
  }
}

/** The parts of a step's code by name, as they are kept to tell later what changed. */
export type CodeParts = readonly {
  /** `folder`: the working folder of a command. */
  readonly kind: Part["kind"] | "folder";
  readonly name: string;
  readonly digest: string;
  /** Of an import: what it is imported from; of a folder: its path from the project's root. */
  readonly from: string | null;
  /** The file of the user's own that it stands in now; never kept. */
  readonly file?: string | null;
}[];

/** What is kept of captured parts: their digests, not their texts. */
export function codeParts(parts: readonly Part[]): CodeParts {
  return parts.map((part) => ({
    kind: part.kind,
    name: part.name,
    digest: part.digest,
    from: part.kind === "import" ? `${part.specifier}${part.version === null ? "" : `@${part.version}`}` : null,
    file: part.kind === "function" || part.kind === "constant" ? part.file : null,
  }));
}
