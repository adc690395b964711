import { printYaml } from "../../../format/index.ts";
import { template } from "./expressions.ts";
import type { Stage } from "./stage.ts";

/**
 * The text of dvc.yaml. A stage with items is a `foreach` over its param: DVC fills in `${key}`.
 *
 * @param shared folder of the files that all stages with code need
 */
export function dvcYaml(stages: readonly Stage[], shared: string): string {
  const entries = stages.map((stage) => {
    const definition = definitionOf(stage, shared);
    const { name, foreach } = stage;
    return [name, foreach === null ? definition : { foreach: template(foreach), do: definition }] as const;
  });
  return printYaml({ stages: Object.fromEntries(entries) });
}

// Keys in the order of `dvc stage add`.
function definitionOf({ cmd, file, foreach, deps, params, outs, always, ...about }: Stage, shared: string) {
  const all = [...new Set(cmd === null ? [file, shared, ...deps] : deps)].sort();
  const plain = outs.filter((out) => !about.metrics.includes(out) && !about.plots.includes(out));
  const kinds = Object.entries({ outs: plain, metrics: about.metrics, plots: about.plots });
  return {
    cmd: cmd ?? `node ${file}${foreach === null ? "" : ` ${template("key")}`}`,
    deps: all.map(escaped),
    ...(params.length === 0 ? {} : { params: params.includes("*") ? [{ "params.yaml": null }] : [...params].sort() }),
    ...Object.fromEntries(kinds.flatMap(([kind, paths]) => (paths.length === 0 ? [] : [[kind, paths.map(escaped)]]))),
    ...(always ? { always_changed: true } : {}),
  };
}

// `${` in the path of a data file is no template; `${key}` in that of a result is one.
function escaped(path: string): string {
  return path.startsWith("out/") ? path : path.replaceAll("${", "\\${");
}
