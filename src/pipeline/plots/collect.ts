import { posix } from "node:path";
import { isYamlMap, parseParamsFile, type YamlMap, type YamlValue, yamlEntries } from "../../format/index.ts";
import { PipelineError } from "../pipeline-error.ts";
import type { View } from "../view.ts";
import { isImage, sourcesOf } from "./datapoints.ts";
import { parseSeparated } from "./separated.ts";

export type PlotProps = ReadonlyMap<string, YamlValue>;

/** A plot of one revision: its own name, and how it is defined. */
export interface PlotDefinition {
  readonly id: string;
  readonly props: PlotProps;
}

/** What a file of a plot holds, or why it could not be read. */
export type PlotSource =
  | { readonly kind: "values"; readonly value: YamlValue }
  | { readonly kind: "image"; readonly bytes: Buffer }
  | { readonly kind: "error"; readonly type: string; readonly message: string };

export interface CollectOptions {
  /** The reader's folder, from the project's root; plots and files are named from there. */
  readonly folder: string;
  /** Files or names of plots; all without any. */
  readonly targets: readonly string[];
  /** What the reader sets for all plots. */
  readonly props: PlotProps;
}

/** The plots of a revision by name; with their `dvc.yaml` before the name where two files have the same (dvc/utils/plots.py). */
export function collectPlots(view: View, options: CollectOptions): ReadonlyMap<string, PlotDefinition> {
  const byConfig = new Map<string, Map<string, PlotProps>>();
  const put = (config: string, id: string, props: PlotProps): void => {
    const known = byConfig.get(config) ?? new Map<string, PlotProps>();
    known.set(id, new Map([...(known.get(id) ?? []), ...props]));
    byConfig.set(config, known);
  };
  definedPlots(view, options, put);
  outputPlots(view, options, put);
  for (const target of options.targets) {
    const path = posix.join(options.folder, target);
    if (byConfig.size > 0 && view.kind(path) === null) continue;
    for (const file of view.expand(path)) put("", posix.relative(options.folder, file), options.props);
  }
  const configs = new Map<string, string[]>();
  for (const [config, plots] of byConfig)
    for (const id of plots.keys()) configs.set(id, [...(configs.get(id) ?? []), config]);
  const named = new Map<string, PlotDefinition>();
  for (const [id, files] of configs) {
    for (const config of files) {
      const name = files.length === 1 || config === "" ? id : `${config}::${id}`;
      named.set(name, { id, props: byConfig.get(config)?.get(id) ?? new Map() });
    }
  }
  return named;
}

type Put = (config: string, id: string, props: PlotProps) => void;

function wanted({ targets }: CollectOptions, config: string, id: string): boolean {
  if (targets.length === 0) return true;
  // A target is a pattern at the beginning of the name, as Python's re.match takes it.
  return targets.some((target) => [id, `${config}::${id}`].some((name) => startsWith(name, target)));
}

function startsWith(name: string, target: string): boolean {
  try {
    return new RegExp(`^(?:${target})`, "u").test(name);
  } catch {
    return name.startsWith(target);
  }
}

/** The plots that stand beside the stages. */
function definedPlots(view: View, options: CollectOptions, put: Put): void {
  for (const { file, top } of view.pipelines.files) {
    const config = posix.relative(options.folder, file);
    const folder = posix.dirname(config);
    const defined = new Map(top.plots.flatMap((plot): readonly (readonly [string, PlotProps])[] => entryOf(plot)));
    const ids = [...defined.keys()].map((id) => posix.join(folder, id));
    for (const [id, props] of defined) {
      if (!wanted(options, config, id)) continue;
      if (isYamlMap(props.get("y") ?? null)) {
        put(config, id, new Map([...adjusted(props, folder), ...options.props]));
        continue;
      }
      const path = posix.join(folder, id);
      for (const data of view.expand(posix.join(options.folder, path))) {
        const own = posix.relative(options.folder, data);
        if (closest(own, ids) === path) put(config, own, new Map([...props, ...options.props]));
      }
    }
  }
}

function entryOf(plot: string | YamlMap): readonly (readonly [string, PlotProps])[] {
  if (typeof plot === "string") return [[plot, new Map()]];
  const [first] = yamlEntries(plot);
  return first === undefined ? [] : [[String(first[0]), propsOf(first[1])]];
}

function propsOf(value: YamlValue): PlotProps {
  return new Map(isYamlMap(value) ? yamlEntries(value).map(([key, item]) => [String(key), item] as const) : []);
}

/** Files of `x` and `y` from the reader's folder. */
function adjusted(props: PlotProps, folder: string): PlotProps {
  return new Map(
    [...props].map(([key, value]) => {
      if ((key !== "x" && key !== "y") || !isYamlMap(value)) return [key, value] as const;
      return [
        key,
        new Map(yamlEntries(value).map(([file, fields]) => [posix.join(folder, String(file)), fields])),
      ] as const;
    }),
  );
}

/** Of several definitions, the one that is nearest above a file. */
function closest(path: string, ids: readonly string[]): string {
  const around = ids.filter((id) => path === id || path.startsWith(`${id}/`) || id === ".");
  return around.toSorted((a, b) => b.length - a.length)[0] ?? "";
}

/** The plots of stages. */
function outputPlots(view: View, options: CollectOptions, put: Put): void {
  for (const stage of view.pipelines.stages) {
    if (stage.kind !== "stage") continue;
    const config = posix.relative(options.folder, stage.file);
    for (const out of stage.outs) {
      if (out.kind !== "plot" || out.path === null) continue;
      if (!wanted(options, config, posix.relative(options.folder, out.path))) continue;
      const props = new Map([...propsOf(out.plot), ...options.props]);
      for (const file of view.expand(out.path)) put("", posix.relative(options.folder, file), props);
    }
  }
}

/** Reads what plots are drawn from; what goes wrong with one file is told beside the others. */
export function readSources(
  view: View,
  plots: ReadonlyMap<string, PlotDefinition>,
  options: CollectOptions,
): ReadonlyMap<string, PlotSource> {
  const headless = new Set(
    view.pipelines.stages.flatMap((stage) =>
      stage.outs.flatMap((out) => (propsOf(out.plot).get("header") === false && out.path !== null ? [out.path] : [])),
    ),
  );
  const sources = new Map<string, PlotSource>();
  for (const { id, props } of plots.values()) {
    for (const file of sourcesOf(id, props)) {
      const path = posix.join(options.folder, file);
      const header = options.props.get("header") !== false && !headless.has(path);
      if (!sources.has(file)) sources.set(file, readSource(view, path, header));
    }
  }
  return sources;
}

function readSource(view: View, path: string, header: boolean): PlotSource {
  try {
    const bytes = view.read(path);
    if (bytes === null) {
      return { kind: "error", type: "FileNotFoundError", message: `[Errno 2] No such file or directory: '${path}'` };
    }
    if (isImage(path)) return { kind: "image", bytes };
    return { kind: "values", value: parseData(bytes.toString("utf8"), path, header) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "error", type: error instanceof Error ? error.name : "Error", message };
  }
}

function parseData(text: string, path: string, header: boolean): YamlValue {
  const ending = posix.extname(path);
  if (ending === ".csv" || ending === ".tsv") return parseSeparated(text, { tabs: ending === ".tsv", header });
  if ([".json", ".yaml", ".yml", ".toml", ".py"].includes(ending)) return parseParamsFile(text, path);
  throw new PipelineError(`'${path}' - file type error\nOnly JSON, YAML, CSV and TSV formats are supported.`);
}
