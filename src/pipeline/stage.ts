import { posix } from "node:path";
import type { DvcFile, LockStage, YamlMap, YamlValue } from "../format/index.ts";
import type { UsedParams } from "./resolve/index.ts";

/** A path of a stage. */
export interface StagePath {
  /** As `dvc.yaml` has it, from the stage's working folder. */
  readonly given: string;
  /** From the project's root, with `/`; null outside of the project. */
  readonly path: string | null;
  readonly absolute: string;
}

export interface StageParams extends StagePath {
  /** Dotted; none for the whole file. */
  readonly keys: readonly string[];
}

export interface StageOutput extends StagePath {
  readonly kind: "out" | "metric" | "plot";
  readonly cache: boolean;
  readonly persist: boolean;
  readonly push: boolean;
  readonly remote: string | null;
  /** `desc`, `type`, `labels`, `meta`, as they are written. */
  readonly notes: YamlMap;
  /** Of a plot: `x`, `y`, `template`, … in the order of the file. */
  readonly plot: YamlMap;
}

/** A stage of a `dvc.yaml`, its templates filled in, with what its `dvc.lock` says. */
export interface PipelineStage {
  readonly kind: "stage";
  readonly name: string;
  /** The `dvc.yaml`, from the project's root. */
  readonly file: string;
  readonly cmd: string | readonly string[];
  /** The working folder, from the project's root; "" for the root. */
  readonly wdir: string;
  readonly absoluteWdir: string;
  readonly deps: readonly StagePath[];
  readonly params: readonly StageParams[];
  readonly outs: readonly StageOutput[];
  readonly frozen: boolean;
  readonly alwaysChanged: boolean;
  readonly desc: string | null;
  readonly meta: YamlValue;
  /** The `foreach` or `matrix` stage that made it. */
  readonly group: string | null;
  readonly templated: boolean;
  readonly used: UsedParams;
  readonly lock: LockStage | null;
}

/** Data that a `.dvc` file records: a node of the graph without a command. */
export interface DataStage {
  readonly kind: "data";
  readonly name: null;
  /** The `.dvc` file, from the project's root. */
  readonly file: string;
  readonly record: DvcFile;
  readonly outs: readonly StageOutput[];
}

export type GraphStage = PipelineStage | DataStage;

/** The name of a stage within a project. */
export function stageId(stage: GraphStage): string {
  return stage.kind === "data" ? stage.file : `${stage.file}:${stage.name}`;
}

/** A stage as DVC names it to somebody who is in a folder: `fit`, `models/dvc.yaml:fit`, `data/cases.csv.dvc`. @param folder from the project's root */
export function addressOf(stage: GraphStage, folder: string): string {
  const file = posix.relative(folder, stage.file);
  if (stage.kind === "data") return file;
  return file === "dvc.yaml" ? stage.name : `${file}:${stage.name}`;
}

/** A callback stage has nothing to compare, and always runs. */
export function isCallback(stage: PipelineStage): boolean {
  return stage.deps.length === 0 && stage.params.length === 0 && stage.outs.length === 0;
}

/** The commands of a stage; each line of a text is one, with a shell of its own. */
export function commandsOf(stage: PipelineStage): readonly string[] {
  return typeof stage.cmd === "string" ? splitLines(stage.cmd) : stage.cmd;
}

// Python's str.splitlines.
function splitLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

/** A path of a stage as DVC prints it: from the folder of the reader, absolute outside of the project. */
export function shownPath(place: StagePath, folder: string): string {
  if (place.path === null) return place.given.startsWith("/") ? place.given : place.absolute;
  return posix.relative(folder, place.path) || ".";
}

/** Whether a path is an address: DVC compares such dependencies by what their server says. */
export function isUrl(path: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path);
}
