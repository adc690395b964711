import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { isYamlMap, type LockStage, parseParamsFile, plainValue, YamlFloat, type YamlMap } from "../format/index.ts";
import { tagsAtHead } from "../git/index.ts";
import { type Entity, recordFacts } from "../lineage/index.ts";
import type { Project } from "../store/index.ts";
import { type Run, startDetached, track } from "../track/index.ts";
import { lockFileOf } from "./load-pipelines.ts";
import { ReproductionError } from "./pipeline-error.ts";
import { reproduce } from "./reproduce.ts";
import type { TrackedOptions, TrackedResult } from "./reproduce-tracked.ts";
import { flattened } from "./resolve/index.ts";
import { addressOf, type PipelineStage, stageId } from "./stage.ts";
import { readStageParams as readParams } from "./stage-params.ts";

/** `reproduceTracked()`; here since what tracks is loaded only where something is tracked. */
export async function reproduceAsRun(project: Project, options: TrackedOptions): Promise<TrackedResult> {
  const experiment = options.experiment ?? process.env["MLFLOW_EXPERIMENT_NAME"] ?? basename(project.root);
  const head = { experiment, ...(options.runName === undefined ? {} : { name: options.runName }) };
  const tags = { "stemma.pipeline": "dvc.yaml", ...gitTags(project) };
  const run = await track({ ...head, tags }, async (parent: Run) => {
    const stages = new StageRuns(project, parent, options.folder ?? project.root);
    const files = new Set<string>();
    try {
      return await reproduce(project, {
        ...options,
        environment: async (stage) => ({ ...(await options.environment?.(stage)), ...(await stages.begin(stage)) }),
        onStage: async (stage, how, entry) => {
          for (const file of filesOf(stage)) files.add(file);
          await stages.end(stage, how, entry);
          await options.onStage?.(stage, how, entry);
        },
        onStageFailed: (stage, error) => stages.fail(stage, error),
      });
    } catch (error) {
      // A stop leaves stages in the middle.
      await stages.failOpen(error);
      throw error;
    } finally {
      for (const file of files.size === 0 ? ["dvc.yaml", "dvc.lock", "params.yaml"] : files)
        await keep(project, parent, file);
    }
  });
  const result = run.result ?? { reproduced: [], written: [] };
  return { ...result, run: run.id };
}

function gitTags(project: Project): Readonly<Record<string, string>> {
  const tags = tagsAtHead(project.root);
  return tags.length === 0 ? {} : { "stemma.git.tag": tags.join(", ") };
}

function filesOf(stage: PipelineStage): readonly string[] {
  const params = stage.params.flatMap(({ path }) => (path === null ? [] : [path]));
  return [stage.file, lockFileOf(stage.file), ...params];
}

async function keep(project: Project, run: Run, path: string): Promise<void> {
  const file = join(project.root, path);
  if (existsSync(file)) await run.artifact(path, pathToFileURL(file));
}

/** One nested run for each stage. */
class StageRuns {
  private readonly project: Project;
  private readonly parent: Run;
  private readonly folder: string;
  /** Runs of stages whose commands are running. */
  private readonly open = new Map<string, string>();

  constructor(project: Project, parent: Run, folder: string) {
    this.project = project;
    this.parent = parent;
    this.folder = folder;
  }

  // No process keeps this run: the stage's own commands go on with it by its id.
  async begin(stage: PipelineStage): Promise<Readonly<Record<string, string>>> {
    const id = await startDetached({ ...this.head(stage), parent: this.parent });
    this.open.set(stageId(stage), id);
    return { MLFLOW_RUN_ID: id, MLFLOW_EXPERIMENT_NAME: this.parent.experiment };
  }

  async end(stage: PipelineStage, how: "ran" | "cached", entry: LockStage): Promise<void> {
    const id = this.open.get(stageId(stage));
    this.open.delete(stageId(stage));
    const tags = { "stemma.pipeline.cached": how === "cached" };
    await track(id === undefined ? { ...this.head(stage), tags, parent: this.parent } : { run: id, tags }, (run: Run) =>
      this.fill(run, stage, entry),
    );
  }

  async fail(stage: PipelineStage, error: unknown): Promise<void> {
    const id = this.open.get(stageId(stage));
    this.open.delete(stageId(stage));
    if (id === undefined) return;
    const run = await track({ run: id });
    run.params(paramsOf(stage));
    await run.fail(error);
  }

  async failOpen(error: unknown): Promise<void> {
    const ids = [...this.open.values()];
    this.open.clear();
    if (error instanceof ReproductionError) return;
    for (const id of ids) await (await track({ run: id })).end("KILLED");
  }

  private recordMade(run: Run, entity: Entity): void {
    recordFacts(this.project, [{ activity: { kind: "run", id: run.id }, verb: "made", entity, timeMs: Date.now() }]);
  }

  private head(stage: PipelineStage): { readonly experiment: string; readonly name: string } {
    return {
      experiment: this.parent.experiment,
      name: addressOf(stage, this.folder.slice(this.project.root.length + 1)),
    };
  }

  private async fill(run: Run, stage: PipelineStage, entry: LockStage): Promise<void> {
    run.tag("stemma.pipeline.command", typeof stage.cmd === "string" ? stage.cmd : stage.cmd.join("\n"));
    run.params(paramsOf(stage));
    for (const dep of stage.deps) {
      const { md5, size } = entry.deps.find((one) => one.path === dep.given) ?? { md5: null, size: 0 };
      if (dep.path !== null && md5 !== null) run.input({ path: dep.path, md5, bytes: size ?? 0 });
    }
    for (const out of stage.outs) {
      if (out.path === null) continue;
      const { md5, size } = entry.outs.find((one) => one.path === out.given) ?? { md5: null, size: 0 };
      if (md5 !== null) this.recordMade(run, { kind: "data", path: out.path, md5, bytes: size ?? 0 });
      if (out.kind === "metric") run.log(metricsOf(out.absolute, out.path));
      if (out.kind !== "out") await keep(this.project, run, out.path);
    }
  }
}

/** The params that a stage read; keys of other files than `params.yaml` behind the file's name. */
function paramsOf(stage: PipelineStage): object {
  const entries = stage.params.flatMap((params) => {
    const prefix = params.given === "params.yaml" ? "" : `${params.given}/`;
    const values = existsSync(params.absolute) ? (readParams(params) ?? new Map()) : new Map();
    return [...values].map(([key, value]) => [prefix + key, plainValue(value)] as const);
  });
  return Object.fromEntries(entries.map(([key, value]) => [key, plain(value)]));
}

// A param is text in the end: what JSON cannot say, such as an integer past 2^53, is its digits.
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** The numbers of a metrics file by dotted key. */
function metricsOf(file: string, path: string): Readonly<Record<string, number>> {
  if (!existsSync(file) || !/\.(json|ya?ml|toml)$/i.test(path)) return {};
  const value = parseParamsFile(readFileSync(file, "utf8"), path);
  if (!isYamlMap(value)) return {};
  const numbers = flattened(value as YamlMap).flatMap(([key, item]): readonly (readonly [string, number])[] => {
    if (item instanceof YamlFloat) return [[key, item.value]];
    return typeof item === "number" || typeof item === "bigint" ? [[key, Number(item)]] : [];
  });
  return Object.fromEntries(numbers);
}
