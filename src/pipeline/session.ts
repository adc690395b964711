import { relative, sep } from "node:path";
import type { Project } from "../store/index.ts";
import {
  type DvcIgnore,
  mergedConfig,
  type OutPlace,
  openRepository,
  type Repository,
  readDvcIgnore,
} from "../version/index.ts";
import { type Files, workspaceFiles } from "./files.ts";
import { buildGraph, type StageGraph } from "./graph.ts";
import { loadPipelines, type Pipelines } from "./load-pipelines.ts";
import type { DictStyle } from "./resolve/index.ts";
import type { StagePath } from "./stage.ts";

/** A project with its stages, as one call sees it. */
export interface Session {
  readonly project: Project;
  readonly repository: Repository;
  readonly rules: DvcIgnore;
  readonly files: Files;
  readonly pipelines: Pipelines;
  readonly graph: StageGraph;
  /** The reader's folder, from the project's root. */
  readonly folder: string;
  readonly style: DictStyle;
}

export interface OpenOptions {
  /** The reader's folder, absolute; the project's root without it. */
  readonly folder?: string;
  readonly onError?: (file: string, error: unknown) => void;
}

/** Reads the stages of a project. @throws {PipelineError} @throws {FormatError} */
export function openSession(project: Project, options: OpenOptions = {}): Session {
  const repository = openRepository(project);
  const rules = readDvcIgnore(project.root);
  const files = workspaceFiles(project, rules);
  const style = dictStyle(project);
  const { onError } = options;
  const pipelines = loadPipelines({ project, files, style, ...(onError === undefined ? {} : { onError }) });
  const folder = relative(project.root, options.folder ?? project.root)
    .split(sep)
    .join("/");
  const graph = buildGraph(pipelines.stages, folder);
  return { project, repository, rules, files, pipelines, graph, folder, style };
}

/** How mappings become options of a command (DVC's `parsing.bool` and `parsing.list`). */
export function dictStyle(project: Project): DictStyle {
  const parsing = mergedConfig(project.dvcFolder).get("parsing");
  return {
    bool: parsing?.get("bool") === "boolean_optional" ? "boolean_optional" : "store_true",
    list: parsing?.get("list") === "append" ? "append" : "nargs",
  };
}

/** The place of a path of a stage, for the functions that read and write its content. */
export function placeOf(session: Pick<Session, "repository" | "rules">, at: StagePath): OutPlace {
  return {
    repository: session.repository,
    rules: session.rules,
    absolute: at.absolute,
    path: at.path ?? at.absolute,
  };
}
