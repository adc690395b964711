import { posix } from "node:path";
import { compareCodePoints, type YamlMap, type YamlValue } from "../format/index.ts";
import type { PipelineStage, StageOutput } from "./stage.ts";

/**
 * A stage as `dvc.yaml` says it: keys in DVC's order, empty ones left out, deps, params and outs sorted (dvc/stage/serialize.py,
 * to_pipeline_file).
 */
export function stageBody(stage: PipelineStage): YamlMap {
  const wdir = posix.relative(posix.dirname(stage.file), stage.wdir) || ".";
  const outs = stage.outs.toSorted((a, b) => compareCodePoints(a.given, b.given));
  const of = (kind: StageOutput["kind"]): readonly YamlValue[] => outs.filter((out) => out.kind === kind).map(outValue);
  const entries: readonly (readonly [string, YamlValue])[] = [
    ["desc", stage.desc],
    ["cmd", stage.cmd],
    ["wdir", wdir === "." ? null : wdir],
    ["deps", stage.deps.map((dep) => dep.given).toSorted(compareCodePoints)],
    ["params", paramsValue(stage)],
    ["outs", of("out")],
    ["metrics", of("metric")],
    ["plots", of("plot")],
    ["frozen", stage.frozen],
    ["always_changed", stage.alwaysChanged],
    ["meta", stage.meta],
  ];
  return new Map(entries.filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: YamlValue): boolean {
  return value === null || value === "" || value === false || (Array.isArray(value) && value.length === 0);
}

/** The keys of `params.yaml` first; then the other files by name. */
function paramsValue(stage: PipelineStage): readonly YamlValue[] {
  const files = stage.params.toSorted((a, b) => compareCodePoints(a.given, b.given));
  let items: readonly YamlValue[] = [];
  for (const { given, keys } of files) {
    const sorted = keys.toSorted(compareCodePoints);
    if (sorted.length > 0 && given === "params.yaml") items = [...sorted, ...items];
    else items = [...items, new Map([[given, sorted.length === 0 ? null : sorted]])];
  }
  return items;
}

function outValue(out: StageOutput): YamlValue {
  const plot = out.plot instanceof Map ? [...out.plot] : Object.entries(out.plot);
  const notes = out.notes instanceof Map ? out.notes : new Map(Object.entries(out.notes));
  const flags: readonly (readonly [string, YamlValue])[] = [
    ...["desc", "type", "labels", "meta"].flatMap((key) => (notes.has(key) ? [[key, notes.get(key)] as const] : [])),
    ...(out.cache ? [] : [["cache", false] as const]),
    ...(out.persist ? [["persist", true] as const] : []),
    ...plot,
    ...(out.remote === null ? [] : [["remote", out.remote] as const]),
    ...(out.push ? [] : [["push", false] as const]),
  ];
  return flags.length === 0 ? out.given : new Map([[out.given, new Map(flags)]]);
}
