import { compareCodePoints } from "./code-points.ts";
import { FormatError } from "./format-error.ts";
import { printYaml } from "./yaml-print.ts";
import type { YamlMap, YamlValue } from "./yaml-value.ts";

/** An output, metric or plot of a stage: its path, or its path with what differs from the default. */
export type StageOut = string | ({ readonly path: string } & StageOutFlags);

export interface StageOutFlags {
  readonly desc?: string;
  readonly type?: string;
  readonly labels?: readonly string[];
  readonly meta?: YamlValue;
  readonly cache?: boolean;
  readonly persist?: boolean;
  readonly remote?: string;
  readonly push?: boolean;
  /** Of a plot: `x`, `y`, `x_label`, `y_label`, `title`, `template`, `header`. */
  readonly plot?: { readonly [name: string]: string | boolean };
}

/** A key of `params.yaml`, or keys of another file; null for the whole file. */
export type StageParam = string | { readonly file: string; readonly keys: readonly string[] | null };

export interface DvcStage {
  readonly desc?: string;
  /** One line a command: DVC gives each line of a text to a shell of its own. */
  readonly cmd: string | readonly string[];
  readonly wdir?: string;
  readonly deps?: readonly string[];
  readonly params?: readonly StageParam[];
  readonly outs?: readonly StageOut[];
  readonly metrics?: readonly StageOut[];
  readonly plots?: readonly StageOut[];
  readonly frozen?: boolean;
  readonly alwaysChanged?: boolean;
  /** The only place for data of our own. */
  readonly meta?: YamlValue;
}

/** A `dvc.yaml`. Everything but the stages is written as it is given. */
export interface DvcYaml {
  readonly vars?: readonly YamlValue[];
  readonly stages: ReadonlyMap<string, DvcStage>;
  readonly params?: readonly string[];
  readonly metrics?: readonly string[];
  readonly plots?: readonly YamlValue[];
  readonly artifacts?: YamlMap;
}

/**
 * The text of a `dvc.yaml`, each stage as `dvc stage add` writes it (dvc/stage/serialize.py, to_pipeline_file):
 * keys in DVC's order, empty ones left out, deps, params and outs sorted.
 *
 * @throws {FormatError} a name or a command that DVC would refuse
 */
export function printDvcYaml(pipeline: DvcYaml): string {
  const { vars, stages, params, metrics, plots, artifacts } = pipeline;
  return printYaml({
    ...given("vars", vars),
    stages: new Map([...stages].map(([name, stage]) => [stageName(name), stageValue(stage, name)])),
    ...given("params", params),
    ...given("metrics", metrics),
    ...given("plots", plots),
    ...given("artifacts", artifacts),
  });
}

function given(name: string, value: YamlValue | undefined): { readonly [key: string]: YamlValue } {
  const empty = value === undefined || value === null || value === "" || value === false;
  return empty || (Array.isArray(value) && value.length === 0) ? {} : { [name]: value };
}

// dvc/stage/utils.py, is_valid_name: no punctuation but "-" and "_".
function stageName(name: string): string {
  const strange = /[!"#$%&'()*+,./:;<=>?@[\\\]^`{|}~]/.exec(name)?.[0];
  if (name !== "" && strange === undefined) return name;
  throw new FormatError(`"${name}" is no name for a stage of DVC: letters, digits, "-" and "_" only`);
}

function stageValue(stage: DvcStage, name: string): YamlMap {
  if (stage.cmd.length === 0) throw new FormatError(`stages.${name}.cmd is empty; DVC wants a command`);
  return {
    ...given("desc", stage.desc),
    cmd: stage.cmd,
    ...given("wdir", stage.wdir === "." ? undefined : stage.wdir),
    ...given("deps", stage.deps?.toSorted(compareCodePoints)),
    ...given("params", stage.params === undefined ? undefined : paramsValue(stage.params)),
    ...given("outs", outsValue(stage.outs)),
    ...given("metrics", outsValue(stage.metrics)),
    ...given("plots", outsValue(stage.plots)),
    ...given("frozen", stage.frozen),
    ...given("always_changed", stage.alwaysChanged),
    ...given("meta", stage.meta),
  };
}

/** Keys of `params.yaml` first, sorted; then the other files by name. */
function paramsValue(params: readonly StageParam[]): readonly YamlValue[] {
  const own = params.filter((param) => typeof param === "string");
  const files = params.filter((param) => typeof param !== "string");
  return [
    ...own.toSorted(compareCodePoints),
    ...files
      .toSorted((a, b) => compareCodePoints(a.file, b.file))
      .map(({ file, keys }) => new Map([[file, keys?.toSorted(compareCodePoints) ?? null]])),
  ];
}

function outsValue(outs: readonly StageOut[] | undefined): readonly YamlValue[] {
  const pathOf = (out: StageOut): string => (typeof out === "string" ? out : out.path);
  return (outs ?? []).toSorted((a, b) => compareCodePoints(pathOf(a), pathOf(b))).map(outValue);
}

function outValue(out: StageOut): YamlValue {
  if (typeof out === "string") return out;
  const flags = {
    ...given("desc", out.desc),
    ...given("type", out.type),
    ...given("labels", out.labels),
    ...given("meta", out.meta),
    ...(out.cache === false ? { cache: false } : {}),
    ...given("persist", out.persist),
    ...out.plot,
    ...given("remote", out.remote),
    ...(out.push === false ? { push: false } : {}),
  };
  return Object.keys(flags).length === 0 ? out.path : new Map([[out.path, flags]]);
}
