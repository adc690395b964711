import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { patchYaml, printYaml, type YamlMap, type YamlValue } from "../format/index.ts";
import { type Project, writeDurable } from "../store/index.ts";
import { freezeData, lockRepository } from "../version/index.ts";
import { GitIgnores } from "./git-ignores.ts";
import { buildGraph } from "./graph.ts";
import { loadStage } from "./load-stage.ts";
import { PipelineError } from "./pipeline-error.ts";
import { stageBody } from "./pipeline-file.ts";
import { openSession, type Session } from "./session.ts";
import { addressOf, type GraphStage, type PipelineStage } from "./stage.ts";
import { collectStages } from "./targets.ts";

/** An output of a new stage. */
export interface NewOutput {
  readonly path: string;
  readonly kind: "out" | "metric" | "plot";
  readonly cache: boolean;
  readonly persist: boolean;
}

/** What `dvc stage add` takes. Paths are from the working folder of the stage. */
export interface NewStage {
  readonly name: string;
  readonly cmd: string;
  readonly deps: readonly string[];
  /** `lr,train.epochs`, `other.yaml:a,b`, `other.yaml:` */
  readonly params: readonly string[];
  readonly outs: readonly NewOutput[];
  readonly wdir: string | null;
  readonly desc: string | null;
  readonly alwaysChanged: boolean;
}

export interface EditOptions {
  /** The reader's folder, absolute; the project's root without it. */
  readonly folder?: string;
  /** Puts the new stage in the place of one with its name. */
  readonly force?: boolean;
}

export interface EditedStage {
  /** As DVC names it in the reader's folder. */
  readonly address: string;
  /** The file it is in, from the project's root. */
  readonly file: string;
  /** Files that were written, from the project's root. */
  readonly written: readonly string[];
}

/**
 * Adds a stage to the `dvc.yaml` of a folder, as `dvc stage add` does; comments and the order of the file stay.
 *
 * @throws {PipelineError} the name is taken or none, an output is another stage's, a path is outside of the project
 */
export async function addStage(project: Project, stage: NewStage, options: EditOptions = {}): Promise<EditedStage> {
  if (stage.name === "" || /[!"#$%&'()*+,./:;<=>?@[\\\]^`{|}~]/.test(stage.name)) {
    throw new PipelineError("Stage name cannot contain punctuation characters.");
  }
  if (stage.cmd === "") throw new PipelineError("command is not specified");
  return lockRepository(project, async () => {
    const session = openSession(project, options.folder === undefined ? {} : { folder: options.folder });
    const file = posix.join(session.folder, "dvc.yaml");
    checkFolder(session, stage);
    const old = session.pipelines.stages.find((one) => one.file === file && one.name === stage.name) ?? null;
    if (old !== null && options.force !== true) {
      throw new PipelineError(`Stage '${stage.name}' already exists in 'dvc.yaml'. Use '--force' to overwrite.`);
    }
    const loaded = loadNew(session, { stage, file, old });
    buildGraph([...session.pipelines.stages.filter((one) => one !== old), loaded], session.folder);
    writeStage(session, loaded);
    const ignores = new GitIgnores({ ...session, pipelines: { ...session.pipelines, stages: [loaded] } });
    for (const out of loaded.outs) ignores.add(out);
    return { address: addressOf(loaded, session.folder), file, written: [file, ...ignores.written] };
  });
}

function checkFolder(session: Session, { wdir }: NewStage): void {
  if (wdir === null) return;
  const path = posix.normalize(posix.join(session.folder, wdir));
  const refuse = (why: string): PipelineError => new PipelineError(`stage working dir '${wdir}' ${why}`);
  if (path === ".." || path.startsWith("../") || path.startsWith("/")) throw refuse("is outside of DVC repo");
  const stat = lstatSync(join(session.project.root, path), { throwIfNoEntry: false });
  if (stat === undefined) throw refuse("does not exist");
  if (!stat.isDirectory()) throw refuse("is not directory");
}

interface Adding {
  readonly stage: NewStage;
  readonly file: string;
  readonly old: GraphStage | null;
}

function loadNew(session: Session, { stage, file, old }: Adding): PipelineStage {
  const before = old?.kind === "stage" ? old : null;
  const notes = new Map(before?.outs.map((out) => [out.given, out.notes]));
  const body = new Map<string, YamlValue>([
    ["cmd", stage.cmd],
    ["wdir", stage.wdir],
    ["deps", stage.deps],
    ["params", paramsOf(stage.params)],
    ["desc", before?.desc ?? stage.desc],
    ["always_changed", stage.alwaysChanged],
    ["meta", before?.meta ?? null],
  ]);
  const keys = { out: "outs", metric: "metrics", plot: "plots" } as const;
  for (const kind of ["out", "metric", "plot"] as const) {
    body.set(
      keys[kind],
      stage.outs.filter((out) => out.kind === kind).map((out) => outValue(out, notes.get(out.path))),
    );
  }
  const resolved = { name: stage.name, group: null, templated: false, body, used: new Map() };
  if (before?.templated === true) throw new PipelineError(`cannot dump a parametrized stage: '${stage.name}'`);
  return loadStage(resolved, { project: session.project, file, lock: null });
}

function outValue(out: NewOutput, notes: YamlMap = {}): YamlValue {
  const flags = new Map<string, YamlValue>(notes instanceof Map ? [...notes] : Object.entries(notes));
  if (!out.cache) flags.set("cache", false);
  if (out.persist) flags.set("persist", true);
  return new Map([[out.path, flags]]);
}

// dvc/utils/cli_parse.py, parse_params
function paramsOf(params: readonly string[]): readonly YamlValue[] {
  const files = new Map<string, string[]>();
  for (const text of params) {
    const at = text.lastIndexOf(":");
    const file = at <= 0 ? "params.yaml" : text.slice(0, at);
    const keys = text
      .slice(at + 1)
      .split(",")
      .filter((key) => key !== "");
    files.set(file, [...(files.get(file) ?? []), ...keys]);
  }
  return [...files].map(([file, keys]) => new Map([[file, keys.length === 0 ? null : keys]]));
}

/** Writes a stage into its `dvc.yaml`; comments and the order of the rest stay. */
export function writeStage(session: Session, stage: PipelineStage): void {
  const path = join(session.project.root, stage.file);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const value = stageBody(stage);
  if (text.trim() === "") writeDurable(path, printYaml({ stages: new Map([[stage.name, value]]) }));
  else writeDurable(path, patchYaml(text, ["stages", stage.name], { value, path: stage.file }));
}

/**
 * Freezes a stage or a `.dvc` file, or lets it go again: a frozen one is not run because of what it depends on.
 *
 * @throws {UnknownTargetError} @throws {PipelineError} the stage comes from a template
 */
export async function setFrozen(
  project: Project,
  target: string,
  options: EditOptions & { readonly frozen: boolean },
): Promise<EditedStage> {
  return lockRepository(project, async () => {
    const folder = options.folder ?? project.root;
    const session = openSession(project, { folder });
    const [stage] = collectStages(session, [target]);
    if (stage === undefined) throw new PipelineError(`'${target}' has no stages.`);
    const address = addressOf(stage, session.folder);
    if (stage.kind === "data") await freezeData(project, target, { frozen: options.frozen, folder });
    else {
      if (stage.group === target) throw new PipelineError(`Stage '${target}' not found inside 'dvc.yaml' file`);
      if (stage.templated) throw new PipelineError(`cannot dump a parametrized stage: '${address}'`);
      writeStage(session, { ...stage, frozen: options.frozen });
    }
    return { address, file: stage.file, written: [stage.file] };
  });
}

/** All names of stages that a reader may give as targets: for completion. */
export function stageNames(session: Session): readonly string[] {
  return session.pipelines.stages.map((stage) => addressOf(stage, session.folder));
}
