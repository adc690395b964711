import { join } from "node:path";
import type { HashName } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { stageOuts } from "./data-outs.ts";
import { lockBeside, type ProjectFiles } from "./project-files.ts";
import { outsOfText, type TrackedOut } from "./tracked-outs.ts";

/** An output that a `.dvc` file or a stage of a `dvc.yaml` records. */
export interface RepositoryOut {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly absolute: string;
  /** null before the first commit of it. */
  readonly md5: string | null;
  readonly hash: HashName;
  readonly isexec: boolean;
  /** false: DVC keeps no copy. */
  readonly cache: boolean;
  /** Kept by a cloud's own versions; read only. */
  readonly cloud: boolean;
  /** The `.dvc` file or `dvc.yaml`, from the project's root. */
  readonly file: string;
  /** The stage; null for a `.dvc` file. */
  readonly stage: string | null;
  /** What the stage reads, from the project's root; empty for a `.dvc` file. */
  readonly deps: readonly string[];
  /** The entry of the `.dvc` file; null for a stage. */
  readonly tracked: TrackedOut | null;
}

/** All outputs that a project records, those of stages as their `dvc.lock` has them; in the order of the paths. */
export function repositoryOuts(project: Project, files: ProjectFiles): readonly RepositoryOut[] {
  const outs = files.paths.flatMap((path) => {
    const text = files.read(path) ?? "";
    return path.endsWith(".dvc") ? dvcFileOuts(project, path, text) : pipelineOuts(project, files, path);
  });
  return outs.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function dvcFileOuts(project: Project, path: string, text: string): readonly RepositoryOut[] {
  return outsOfText(project, join(project.root, path), text).map((tracked) => ({
    path: tracked.path,
    absolute: tracked.absolute,
    md5: tracked.out.md5,
    hash: tracked.out.hash,
    isexec: tracked.out.isexec,
    cache: tracked.out.cache,
    cloud: tracked.out.cloud,
    file: path,
    stage: null,
    deps: [],
    tracked,
  }));
}

function pipelineOuts(project: Project, files: ProjectFiles, file: string): readonly RepositoryOut[] {
  const outs = stageOuts(file, { pipeline: files.read(file) ?? "", lock: files.read(lockBeside(file)) });
  return outs.map(({ path, md5, hash, isexec, cache, stage, deps }) => {
    const place = { path, absolute: join(project.root, path) };
    return { ...place, md5, hash, isexec, cache, cloud: false, file, stage, deps, tracked: null };
  });
}
