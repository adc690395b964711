import { Fields } from "./fields.ts";
import { FormatError } from "./format-error.ts";
import { readYaml } from "./yaml-parse.ts";
import { isYamlMap, type YamlMap, type YamlValue } from "./yaml-value.ts";

/** A stage as it is written, its templates not filled in; `foreach` and `matrix` make several of one. */
export type StageSource =
  | { readonly kind: "stage"; readonly body: YamlMap }
  | { readonly kind: "foreach"; readonly items: YamlValue; readonly body: YamlMap }
  | { readonly kind: "matrix"; readonly axes: YamlMap; readonly body: YamlMap };

/** A `dvc.yaml` as it is written. */
export interface PipelineSource {
  readonly vars: readonly (string | YamlMap)[];
  readonly stages: ReadonlyMap<string, StageSource>;
  readonly params: readonly string[];
  readonly metrics: readonly string[];
  /** A path, or one name with `x`, `y`, … */
  readonly plots: readonly (string | YamlMap)[];
  readonly artifacts: YamlMap;
  readonly datasets: YamlValue;
}

const fileKeys = new Set(["vars", "stages", "params", "metrics", "plots", "artifacts", "datasets"]);
const stageKeys = new Set(
  "cmd wdir deps params vars frozen meta desc always_changed outs metrics plots matrix".split(" "),
);
const outKeys = new Set("desc type labels meta cache persist checkpoint remote push".split(" "));
const plotKeys = new Set([...outKeys, ..."template x y x_label y_label title header".split(" ")]);
const plotDefinitionKeys = new Set("x y x_label y_label title template".split(" "));
const artifactKeys = new Set("path desc type labels meta".split(" "));

/**
 * What a `dvc.yaml` says, checked against DVC's schema (dvc/schema.py, MULTI_STAGE_SCHEMA).
 *
 * @throws {FormatError} "dvc.yaml:7: stages.fit.deps: want a list of texts, got …"
 */
export function parseDvcYaml(text: string, path: string): PipelineSource {
  const conflict = /^(?:<{7}|={7}|>{7}) .*$/m.exec(text);
  const source = readYamlOf(text, path, conflict !== null);
  const fields = new Fields(source.value ?? {}, source, { file: path });
  fields.only(fileKeys);
  const stages = fields.fields("stages");
  for (const name of fields.fields("artifacts")?.keys() ?? []) {
    const artifact = fields.fields("artifacts")?.fields(name);
    artifact?.only(artifactKeys);
    artifact?.requiredText("path");
  }
  return {
    vars: listOf(fields, "vars", (value) => typeof value === "string" || isYamlMap(value)) as PipelineSource["vars"],
    stages: new Map(
      (stages?.keys() ?? []).map((name) => [name, parseStage(stages?.fields(name) ?? null, { stages, name })]),
    ),
    params: texts(fields, "params"),
    metrics: texts(fields, "metrics"),
    plots: parsePlots(fields),
    artifacts: (fields.get("artifacts") ?? {}) as YamlMap,
    datasets: (fields.get("datasets") ?? null) as YamlValue,
  };
}

function readYamlOf(text: string, path: string, conflict: boolean): ReturnType<typeof readYaml> {
  try {
    return readYaml(text, path);
  } catch (error) {
    if (!conflict) throw error;
    throw new FormatError(`${path} holds merge conflicts of git; resolve them first.`, { cause: error });
  }
}

interface Named {
  readonly stages: Fields | null;
  readonly name: string;
}

function parseStage(fields: Fields | null, named: Named): StageSource {
  if (fields === null) throw faultAt(named, "want a mapping, got nothing");
  if (fields.get("foreach") !== undefined || fields.get("do") !== undefined) return parseForeach(fields, named);
  checkStage(fields);
  const body = bodyOf(named);
  const axes = fields.get("matrix");
  if (axes === undefined) return { kind: "stage", body };
  if (!isYamlMap(axes)) throw fields.fault(["matrix"], "want a mapping of lists");
  for (const axis of fields.fields("matrix")?.keys() ?? []) {
    const value = fields.fields("matrix")?.get(axis);
    if (typeof value !== "string" && !Array.isArray(value))
      throw fields.fault(["matrix", axis], "want a list or a text");
  }
  return { kind: "matrix", axes, body: without(body, "matrix") };
}

function parseForeach(fields: Fields, named: Named): StageSource {
  fields.only(new Set(["foreach", "do"]));
  const items = fields.get("foreach") as YamlValue | undefined;
  if (items === undefined) throw fields.fault([], "foreach is missing");
  if (!(typeof items === "string" || Array.isArray(items) || isYamlMap(items))) {
    throw fields.fault(["foreach"], "want a list, a mapping or a template");
  }
  const body = fields.fields("do");
  if (body === null) throw fields.fault([], "do is missing");
  checkStage(body);
  return { kind: "foreach", items, body: (bodyOf(named) as Readonly<Record<string, YamlMap>>)["do"] ?? {} };
}

function faultAt({ stages, name }: Named, message: string): FormatError {
  return stages?.fault([name], message) ?? new FormatError(message);
}

function bodyOf({ stages, name }: Named): YamlMap {
  return stages?.get(name) as YamlMap;
}

function without(map: YamlMap, key: string): YamlMap {
  return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
}

function checkStage(fields: Fields): void {
  fields.only(stageKeys);
  const cmd = fields.get("cmd");
  if (cmd === undefined) throw fields.fault([], "cmd is missing");
  if (typeof cmd !== "string" && !Array.isArray(cmd)) throw fields.fault(["cmd"], "want a text or a list of texts");
  for (const key of ["wdir", "desc"]) if (fields.get(key) !== undefined) fields.requiredText(key);
  for (const key of ["frozen", "always_changed"]) fields.flag(key, false);
  texts(fields, "deps");
  listOf(fields, "params", (value) => typeof value === "string" || isYamlMap(value));
  listOf(fields, "vars", (value) => typeof value === "string" || isYamlMap(value));
  for (const key of ["outs", "metrics", "plots"]) checkOuts(fields, key);
}

function checkOuts(fields: Fields, key: string): void {
  const outs = listOf(fields, key, (value) => typeof value === "string" || isYamlMap(value));
  outs.forEach((out, i) => {
    if (typeof out === "string" || !isYamlMap(out)) return;
    for (const [path, flags] of out instanceof Map ? out : Object.entries(out)) {
      if (!isYamlMap(flags)) throw fields.fault([key, i, String(path)], "want a mapping of flags");
      const known = key === "plots" ? plotKeys : outKeys;
      const strange = [...(flags instanceof Map ? flags.keys() : Object.keys(flags))].find(
        (flag) => !known.has(String(flag)),
      );
      if (strange !== undefined) throw fields.fault([key, i, String(path), String(strange)], "DVC knows no such flag");
    }
  });
}

function parsePlots(fields: Fields): readonly (string | YamlMap)[] {
  const plots = listOf(fields, "plots", (value) => typeof value === "string" || isYamlMap(value));
  plots.forEach((plot, i) => {
    if (typeof plot === "string" || !isYamlMap(plot)) return;
    for (const [id, value] of plot instanceof Map ? plot : Object.entries(plot)) {
      if (value === null) continue;
      if (!isYamlMap(value)) throw fields.fault(["plots", i, String(id)], "want a mapping");
      const keys = value instanceof Map ? [...value.keys()] : Object.keys(value);
      const strange = keys.find((key) => !plotDefinitionKeys.has(String(key)));
      if (strange !== undefined) throw fields.fault(["plots", i, String(id), String(strange)], "DVC knows no such key");
    }
  });
  return plots as readonly (string | YamlMap)[];
}

function texts(fields: Fields, key: string): readonly string[] {
  return listOf(fields, key, (value) => typeof value === "string") as readonly string[];
}

function listOf(fields: Fields, key: string, fits: (value: unknown) => boolean): readonly YamlValue[] {
  const value = fields.get(key) as YamlValue | undefined;
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw fields.fault([key], "want a list");
  const strange = value.findIndex((item: unknown) => !fits(item));
  if (strange !== -1) throw fields.fault([key, strange], "is of a kind that DVC does not take here");
  return value as readonly YamlValue[];
}
