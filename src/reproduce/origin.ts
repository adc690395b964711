import { basename } from "node:path";
import type { CellSource } from "../host/index.ts";
import type { Project } from "../store/index.ts";
import { diffOf, type RunRecord, readRun, sourcesOf } from "../track/index.ts";
import { NotReproducibleError } from "./not-reproducible.ts";
import { wordsOf } from "./words.ts";

/** What made a run. */
export type Work =
  /** Cells, in the order they ran in; empty where no kernel kept them: then those of the notebook's file, up to the run's. */
  | { readonly kind: "notebook"; readonly cells: readonly CellSource[]; readonly cell: string | null }
  | { readonly kind: "script"; readonly script: string; readonly words: readonly string[] }
  /** Stages of `dvc.yaml`, run by `repro --track`. */
  | { readonly kind: "stages"; readonly names: readonly string[]; readonly whole: boolean };

/** Where a run came from, as far as it was kept. */
export interface Origin {
  /** The run that was asked for. */
  readonly run: RunRecord;
  /** The outermost run that the same program made: itself, or one that it is nested in. */
  readonly root: RunRecord;
  readonly work: Work;
  /** The notebook or script, absolute, as it was called then. */
  readonly source: string;
  /** The folder that it ran in, from the project's root. */
  readonly folder: string;
  /** Null outside of git, and before the first commit. */
  readonly commit: string | null;
  /** What it differed in from the commit, for `git apply`. */
  readonly diff: Uint8Array | null;
}

/**
 * Where a run came from.
 *
 * @param children the runs nested in a run, the first first
 * @throws {NotReproducibleError} it has not ended, or nothing tells what made it
 */
export function originOf(project: Project, run: RunRecord, children: (id: string) => readonly RunRecord[]): Origin {
  if (run.status === "RUNNING" || run.status === "SCHEDULED")
    throw new NotReproducibleError(run.id, [`It is ${run.status}. End it first: run.end(), or stemma runs end.`]);
  const root = outermost(project, run);
  const { tags } = root;
  return {
    run,
    root,
    work: workOf(project, { run, root }, children),
    source: tags["mlflow.source.name"] ?? "",
    folder: tags["stemma.folder"] ?? ".",
    commit: tags["mlflow.source.git.commit"] ?? null,
    diff: diffOf(root),
  };
}

function outermost(project: Project, run: RunRecord): RunRecord {
  const parent = run.parentId === null ? null : readRun(project, run.parentId);
  const source = "mlflow.source.name";
  return parent === null || parent.tags[source] !== run.tags[source] ? run : outermost(project, parent);
}

function workOf(
  project: Project,
  { run, root }: { readonly run: RunRecord; readonly root: RunRecord },
  children: (id: string) => readonly RunRecord[],
): Work {
  if (root.tags["stemma.pipeline"] !== undefined) {
    const stage = run.id === root.id ? null : stageAbove(project, run, root.id);
    const names = stage === null ? children(root.id).map(({ name }) => name) : [stage];
    return { kind: "stages", names: [...new Set(names)], whole: stage === null };
  }
  if (root.tags["mlflow.source.type"] === "NOTEBOOK")
    return { kind: "notebook", cells: sourcesOf(project, root.id), cell: root.tags["stemma.cell.id"] ?? null };
  return scriptOf(root);
}

function stageAbove(project: Project, run: RunRecord, root: string): string {
  const parent = run.parentId === null || run.parentId === root ? null : readRun(project, run.parentId);
  return parent === null ? run.name : stageAbove(project, parent, root);
}

function scriptOf({ id, tags }: RunRecord): Work {
  const refuse = (problem: string): never => {
    throw new NotReproducibleError(id, [problem]);
  };
  const command = tags["stemma.command"];
  const script = tags["mlflow.source.name"] ?? "";
  if (command === undefined)
    return refuse("Nothing tells what made it: it has no stemma.command, as imported runs have none.");
  const words = wordsOf(command);
  if (script.startsWith("stemma runs "))
    return refuse(`It was opened by \`${script}\`, and what ran in it is not kept. Reproduce the runs nested in it.`);
  if (words.some((word) => word === "***" || word.endsWith("=***")))
    return refuse(`A secret of its command line was not kept: ${command}`);
  if (command.endsWith("…")) return refuse(`Its command line was too long to be kept whole: ${command}`);
  if (!words.includes(script)) return refuse(`Its command line names no script: ${command} (${basename(script)})`);
  return { kind: "script", script, words };
}
