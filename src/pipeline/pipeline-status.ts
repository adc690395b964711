import { relative, sep } from "node:path";
import type { Project } from "../store/index.ts";
import { inOrder } from "./graph.ts";
import { openSession, type Session } from "./session.ts";
import { addressOf, type PipelineStage, shownPath, stageId } from "./stage.ts";
import { stageState } from "./stage-state.ts";
import { collectGranular, type GranularTarget } from "./targets.ts";

/** How one stage differs, in the shape of `dvc status --json`. */
export type StageChange =
  | { readonly "changed deps": Readonly<Record<string, string | Readonly<Record<string, string>>>> }
  | { readonly "changed outs": Readonly<Record<string, string>> }
  | "always changed"
  | "changed command";

/** By stage, as DVC names it in the reader's folder. */
export type PipelineStatus = Readonly<Record<string, readonly StageChange[]>>;

export interface StatusOptions {
  /** The reader's folder, absolute; the project's root without it. */
  readonly folder?: string;
  /** Stages, groups, `dvc.yaml` files, outputs; all without any. Data that `.dvc` files record is passed over. */
  readonly targets?: readonly string[];
  /** What the targets need, too. */
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * How the stages of a project differ from their `dvc.lock`, as `dvc status` says it; stages that don't are left out.
 *
 * @throws {UnknownTargetError} a target is neither a stage nor an output
 */
export async function pipelineStatus(project: Project, options: StatusOptions = {}): Promise<PipelineStatus> {
  const session = openSession(project, options.folder === undefined ? {} : { folder: options.folder });
  const entries: (readonly [string, readonly StageChange[]])[] = [];
  for (const { stage, path } of granularTargets(session, options)) {
    if (stage.kind !== "stage") continue;
    const changes = await changesOf(session, { stage, path }, options.signal);
    if (changes.length > 0) entries.push([addressOf(stage, session.folder), changes]);
  }
  return Object.fromEntries(entries);
}

/** The stages that targets mean, with what they need where asked; all without targets. */
export function granularTargets(
  session: Session,
  options: Pick<StatusOptions, "targets" | "withDeps" | "recursive">,
): readonly GranularTarget[] {
  const { targets = [], withDeps, recursive } = options;
  if (targets.length === 0) return session.pipelines.stages.map((stage) => ({ stage, path: null }));
  const found = targets.flatMap((target) => collectGranular(session, target, { recursive: recursive === true }));
  const whole =
    withDeps === true
      ? inOrder(
          session.graph,
          found.map(({ stage }) => stage),
        )
      : [];
  const all = withDeps === true ? whole.map((stage): GranularTarget => ({ stage, path: null })) : found;
  return [...new Map(all.map((one) => [`${stageId(one.stage)} ${one.path}`, one])).values()];
}

async function changesOf(
  session: Session,
  { stage, path }: { readonly stage: PipelineStage; readonly path: string | null },
  signal: AbortSignal | undefined,
): Promise<readonly StageChange[]> {
  const { deps, outs, always, command } = await stageState(session, stage, signal);
  const name = (at: Parameters<typeof shownPath>[0]): string => shownPath(at, session.folder);
  const changedDeps = [...deps].map(
    ([dep, state]) => [name(dep), typeof state === "string" ? state : Object.fromEntries(state)] as const,
  );
  const changedOuts = [...outs].filter(([out]) => path === null || touches(out.absolute, path));
  return [
    ...(changedDeps.length === 0 ? [] : [{ "changed deps": Object.fromEntries(changedDeps) }]),
    ...(changedOuts.length === 0
      ? []
      : [{ "changed outs": Object.fromEntries(changedOuts.map(([out, state]) => [name(out), state])) }]),
    ...(always ? (["always changed"] as const) : []),
    ...(command ? (["changed command"] as const) : []),
  ];
}

function touches(out: string, path: string): boolean {
  const way = relative(path, out);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`)) || path.startsWith(`${out}${sep}`);
}
