import { join, posix } from "node:path";
import {
  type DvcLock,
  parseDvcFile,
  parseDvcLock,
  parseDvcYaml,
  parseParamsFile,
  type YamlValue,
} from "../format/index.ts";
import type { Project } from "../store/index.ts";
import type { Files } from "./files.ts";
import { loadStage } from "./load-stage.ts";
import { type DictStyle, type ResolvedPipeline, resolvePipeline } from "./resolve/index.ts";
import type { DataStage, GraphStage, PipelineStage } from "./stage.ts";

/** One `dvc.yaml` with its stages. */
export interface Pipeline {
  /** From the project's root. */
  readonly file: string;
  readonly stages: readonly PipelineStage[];
  /** `params`, `metrics`, `plots`, `artifacts` beside the stages. */
  readonly top: Pick<ResolvedPipeline, "params" | "metrics" | "plots" | "artifacts">;
  /** The stages as they are written: the names of groups too. */
  readonly written: readonly string[];
  readonly lock: DvcLock | null;
}

/** All stages of a project. */
export interface Pipelines {
  readonly files: readonly Pipeline[];
  /** Those of `.dvc` files too, in the order of DVC. */
  readonly stages: readonly GraphStage[];
}

export interface LoadOptions {
  readonly project: Project;
  readonly files: Files;
  readonly style: DictStyle;
  /** What goes wrong in one file; without it, it is thrown. */
  readonly onError?: (file: string, error: unknown) => void;
}

/** Reads all `dvc.yaml`, `dvc.lock` and `.dvc` files of a project. @throws {PipelineError} @throws {FormatError} */
export function loadPipelines(options: LoadOptions): Pipelines {
  const load = <T>(file: string, read: () => T): readonly T[] => {
    try {
      return [read()];
    } catch (error) {
      if (options.onError === undefined) throw error;
      options.onError(file, error);
      return [];
    }
  };
  const pipelines = options.files.pipelines().flatMap((file) => load(file, () => loadPipeline(file, options)));
  const data = options.files.dataFiles().flatMap((file) => load(file, () => loadData(file, options)));
  const stages = [...pipelines.flatMap((pipeline) => pipeline.stages), ...data];
  return { files: pipelines, stages: stages.toSorted(byFolder) };
}

// DVC walks folder by folder; within one, the order of its files and stages stays.
function byFolder(a: GraphStage, b: GraphStage): number {
  const left = posix.dirname(a.file);
  const right = posix.dirname(b.file);
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Reads one `dvc.yaml` and its `dvc.lock`. @param file from the project's root */
export function loadPipeline(file: string, options: LoadOptions): Pipeline {
  const { project, files, style } = options;
  const source = parseDvcYaml(files.read(file)?.toString("utf8") ?? "", file);
  const resolved = resolvePipeline(source, { file, readParams: paramsReader(files), style });
  const lock = readLock(files, lockFileOf(file));
  const stages = resolved.stages.map((stage) => loadStage(stage, { project, file, lock }));
  return { file, stages, top: resolved, written: [...source.stages.keys()], lock };
}

/** The lock file beside a `dvc.yaml`. */
export function lockFileOf(file: string): string {
  return `${file.slice(0, -posix.extname(file).length)}.lock`;
}

export function readLock(files: Files, path: string): DvcLock | null {
  const text = files.read(path)?.toString("utf8");
  return text === undefined || text.trim() === "" ? null : parseDvcLock(text, path);
}

function paramsReader(files: Files): (path: string) => YamlValue | "folder" | null {
  const read = new Map<string, YamlValue | "folder" | null>();
  return (path) => {
    const known = read.get(path);
    if (known !== undefined) return known;
    const kind = files.kind(path);
    const value =
      kind === "file" ? parseParamsFile(files.read(path)?.toString("utf8") ?? "", path) : kind === null ? null : kind;
    read.set(path, value);
    return value;
  };
}

function loadData(file: string, { project, files }: LoadOptions): DataStage {
  const record = parseDvcFile(files.read(file)?.toString("utf8") ?? "", file);
  const base = posix.join(posix.dirname(file), record.wdir ?? "");
  const outs = record.outs.map((out) => {
    const path = posix.join(base, out.path);
    return {
      given: out.path,
      path,
      absolute: join(project.root, path),
      kind: "out" as const,
      cache: out.cache,
      persist: false,
      push: true,
      remote: null,
      notes: {},
      plot: {},
    };
  });
  return { kind: "data", name: null, file, record, outs };
}
