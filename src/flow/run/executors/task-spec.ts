import { readFileSync } from "node:fs";
import { type ErrorFacts, StemmaError } from "../../../error.ts";
import type { Source } from "../../keys/index.ts";
import type { StepPlan } from "../../plan/index.ts";
import type { ContextFacts } from "./step-context.ts";

/** What `stemma exec` runs: plain options and digests; code and inputs lie in the project's store. */
export interface TaskSpec {
  readonly format: 1;
  /** The notebook's folder. */
  readonly folder: string;
  /** The flow's run. */
  readonly runId: string;
  /** Whether it runs also where its result is kept, and takes the place of that. */
  readonly fresh: boolean;
  readonly context: ContextFacts;
  readonly sources: readonly Source[];
  /** The step, without its wiring. */
  readonly step: StepPlan;
  readonly code: {
    /** Of the captured step, as in its key. */
    readonly digest: string;
    /** Of the value that holds its text; null: the step is a command. */
    readonly text: string | null;
  };
  /** Digest of each input's value, by name. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** Inputs that other tasks of the run make, which were submitted with this one; null: it has all. */
  readonly late: LateInputs | null;
}

/** How a task gets what was not there when it was submitted; its key and seed are made then. */
export interface LateInputs {
  /** Digests of the flow's plan and params. */
  readonly plan: string;
  readonly params: string;
  /** By the input's name the digest of a `LateValue` in the store: items that share an input share it. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Names of the inputs that tell items apart, for the seed. */
  readonly seeded: readonly string[];
}

/** What the run of a spec left beside it. */
export type SpecOutcome =
  | { readonly state: "done"; readonly key: string; readonly digest: string }
  | { readonly state: "failed"; readonly error: ErrorFacts };

/** A file is no task of a flow. */
export class TaskSpecError extends StemmaError {
  constructor(path: string, what: string) {
    super("TASK_SPEC", `${path} is no task of a flow: ${what}. A run with { run: "slurm" } writes such files.`);
  }
}

/** How long a file may take from one machine to another through a shared folder: NFS looks again after a minute. */
export const sharedFolderMs = 65_000;

/** Where the outcome of a spec is written. */
export function outcomePath(specPath: string): string {
  return `${specPath.replace(/\.json$/, "")}.outcome.json`;
}

/** Reads a spec. @throws {TaskSpecError} */
export function readTaskSpec(path: string): TaskSpec {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new TaskSpecError(path, error instanceof SyntaxError ? "it is no JSON" : (error as Error).message);
  }
  const spec = (typeof read === "object" && read !== null ? read : {}) as Partial<Record<keyof TaskSpec, unknown>>;
  if (spec.format !== 1) throw new TaskSpecError(path, `its format is ${JSON.stringify(spec.format)}, not 1`);
  const wanted = ["folder", "runId", "context", "sources", "step", "code", "inputs", "env", "late"] as const;
  const missing = wanted.filter((name) => spec[name] === undefined);
  if (missing.length > 0) throw new TaskSpecError(path, `it lacks ${missing.join(", ")}`);
  return read as TaskSpec;
}
