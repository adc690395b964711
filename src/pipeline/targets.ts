import { posix } from "node:path";
import { inOrder, isInside } from "./graph.ts";
import { UnknownTargetError } from "./pipeline-error.ts";
import type { Session } from "./session.ts";
import { type GraphStage, stageId } from "./stage.ts";

export interface TargetOptions {
  /** Folders stand for the stages of all files in them. */
  readonly recursive?: boolean;
  /** Names may hold `*`, `?` and `[…]`. */
  readonly glob?: boolean;
}

/** A file and a stage in it, as somebody wrote them. */
interface ParsedTarget {
  readonly file: string | null;
  readonly name: string | null;
}

/**
 * The stages that targets name: `fit`, `fit@a`, a group, `models/dvc.yaml`, `models/dvc.yaml:fit`, `cases.csv.dvc`, a folder.
 *
 * @throws {UnknownTargetError}
 */
export function collectStages(
  session: Session,
  targets: readonly string[],
  options: TargetOptions = {},
): readonly GraphStage[] {
  const found = targets.flatMap((target) => stagesAt(session, target, options));
  return [...new Map(found.map((stage) => [stageId(stage), stage])).values()];
}

function stagesAt(session: Session, target: string, options: TargetOptions): readonly GraphStage[] {
  const path = posix.join(session.folder, target);
  if (options.recursive === true && session.files.kind(path) === "folder") {
    const folder = `/${path === "." ? "" : path}`;
    return inOrder(session.graph).filter((stage) => isInside(`/${posix.dirname(stage.file)}`, folder));
  }
  const { file, name } = parseTarget(target, options.glob === true);
  return stagesIn(session, { file: file ?? "dvc.yaml", name }, options.glob === true);
}

// dvc/utils/__init__.py, parse_target
function parseTarget(target: string, glob: boolean): ParsedTarget {
  if (glob) {
    const at = target.lastIndexOf(":");
    return { file: at <= 0 ? null : target.slice(0, at), name: target.slice(at + 1) || null };
  }
  const join = target.indexOf("@");
  const [group, key] = join === -1 ? [target, ""] : [target.slice(0, join), target.slice(join)];
  const match = /^(.*?)(?::([^\\/:]*))?$/.exec(group);
  const [file, name] = [match?.[1] ?? "", match?.[2] ?? ""];
  if (name !== "") return { file: file || null, name: name + key };
  return isStageFile(target) ? { file: target, name: null } : { file: null, name: target };
}

/** Whether a path has the name of a file with stages. */
export function isStageFile(path: string): boolean {
  const name = posix.basename(path);
  return name === "dvc.yaml" || (name.endsWith(".dvc") && name !== ".dvc") || /\.ya?ml$/.test(name);
}

function stagesIn(
  session: Session,
  { file, name }: { readonly file: string; readonly name: string | null },
  glob: boolean,
): readonly GraphStage[] {
  const path = posix.normalize(posix.join(session.folder, file));
  const stages = session.pipelines.stages.filter((stage) => stage.file === path);
  const pipeline = session.pipelines.files.find((one) => one.file === path);
  if (stages.length === 0 && pipeline === undefined) throw missingFile(session, file, path);
  if (name === null || file.endsWith(".dvc")) return stages;
  if (glob) return stages.filter((stage) => stage.name !== null && globPattern(name).test(stage.name));
  const own = stages.filter((stage) => stage.name === name);
  if (own.length > 0) return own;
  const group = stages.filter((stage) => stage.kind === "stage" && stage.group === name);
  if (group.length > 0) return group;
  throw new UnknownTargetError(name, `Stage '${name}' not found inside '${file}' file`);
}

function missingFile(session: Session, file: string, path: string): UnknownTargetError {
  if (session.files.kind(path) === null) return new UnknownTargetError(file, `'${file}' does not exist`);
  return new UnknownTargetError(file, `'${file}' is not a .dvc file, or .dvcignore or git hides it`);
}

// Python's fnmatch.
function globPattern(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".")
    .replace(/\[!/g, "[^");
  return new RegExp(`^${source}$`, "su");
}

/** A stage, and which of its outputs is meant: absolute, null for all. */
export interface GranularTarget {
  readonly stage: GraphStage;
  readonly path: string | null;
}

/**
 * What a target means where outputs may be named too: a stage or a file first, then an output or a path in one.
 *
 * @throws {UnknownTargetError}
 */
export function collectGranular(
  session: Session,
  target: string,
  options: TargetOptions = {},
): readonly GranularTarget[] {
  try {
    return stagesAt(session, target, options).map((stage) => ({ stage, path: null }));
  } catch (error) {
    if (!(error instanceof UnknownTargetError)) throw error;
    const path = posix.normalize(posix.join(session.folder, target)).replace(/\/$/, "");
    const owner = session.pipelines.stages.find((stage) =>
      stage.outs.some((out) => out.path !== null && isInside(`/${path}`, `/${out.path}`)),
    );
    if (owner !== undefined) return [{ stage: owner, path: posix.join(session.project.root, path) }];
    if (isStageFile(target)) throw error;
    throw new UnknownTargetError(target, `'${target}' does not exist as an output or a stage name in 'dvc.yaml'`);
  }
}
