import { posix } from "node:path";
import { isYamlMap, type YamlKey, type YamlValue, yamlEntries } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { selectParams } from "./stage-params.ts";
import { diffValues, type FileValues, readValues, type ValuesDiff, type ViewValues } from "./values.ts";
import { hasCommits, openView, type View } from "./view.ts";

export interface ParamsOptions {
  /** Params files, from the project's root, with `/`; all that stages and templates use without any. */
  readonly targets?: readonly string[];
  /** Only what stages depend on. */
  readonly depsOnly?: boolean;
  /** What is the same, too. */
  readonly all?: boolean;
}

/** How params differ between two revisions, as `dvc params diff`. */
export function diffParams(
  project: Project,
  revisions: readonly [string, string],
  options: ParamsOptions = {},
): ValuesDiff {
  if (!hasCommits(project)) return new Map();
  const [before, after] = revisions.map((revision) => paramsOf(openView(project, revision), options));
  return diffValues(before ?? new Map(), after ?? new Map(), options.all === true);
}

/** The params of a revision (dvc/repo/params/show.py). */
export function paramsOf(view: View, options: ParamsOptions): ViewValues {
  const wanted = wantedKeys(view, options);
  const values = new Map<string, FileValues>();
  for (const [path, keys] of wanted) {
    for (const file of view.expand(path))
      values.set(
        file,
        readValues(view, file, (value) => selected(value, keys)),
      );
  }
  return (options.targets ?? []).length > 0 ? values : withUsed(view, values);
}

/** By file: the keys to show; none for all. */
function wantedKeys(view: View, { targets = [], depsOnly }: ParamsOptions): ReadonlyMap<string, readonly string[]> {
  if (targets.length > 0) return new Map(targets.map((path) => [path, []]));
  const asked = view.pipelines.stages.flatMap((stage) =>
    stage.kind === "stage"
      ? stage.params.flatMap(({ path, keys }) => (path === null ? [] : [[path, keys] as const]))
      : [],
  );
  const top = view.pipelines.files.flatMap(({ file, top: { params } }) =>
    params.map((path) => [posix.join(posix.dirname(file), path), []] as const),
  );
  const own = view.kind("params.yaml") === "file" ? [["params.yaml", []] as const] : [];
  const all = depsOnly === true ? asked : [...asked, ...top, ...own];
  const whole = new Set(all.filter(([, keys]) => keys.length === 0).map(([path]) => path));
  const wanted = new Map<string, readonly string[]>();
  for (const [path, keys] of all) wanted.set(path, whole.has(path) ? [] : [...(wanted.get(path) ?? []), ...keys]);
  return wanted;
}

function selected(value: YamlValue, keys: readonly string[]): YamlValue {
  if (keys.length === 0) return value;
  let result = new Map<YamlKey, YamlValue>();
  for (const [key, item] of selectParams(value, keys)) result = merged(result, key.split("."), item);
  return result;
}

function merged(into: Map<YamlKey, YamlValue>, path: readonly string[], value: YamlValue): Map<YamlKey, YamlValue> {
  const [first = "", ...rest] = path;
  const inner = into.get(first);
  const known = isYamlMap(inner ?? null) ? new Map(yamlEntries(inner as ReadonlyMap<YamlKey, YamlValue>)) : new Map();
  return new Map([...into, [first, rest.length === 0 ? value : merged(known as Map<YamlKey, YamlValue>, rest, value)]]);
}

/** Values that only templates use, of files that are not shown otherwise. */
function withUsed(view: View, values: ReadonlyMap<string, FileValues>): ViewValues {
  const used = new Map<string, Map<YamlKey, YamlValue>>();
  for (const stage of view.pipelines.stages) {
    if (stage.kind !== "stage") continue;
    for (const [file, keys] of stage.used) {
      if (!values.has(file)) used.set(file, new Map([...(used.get(file) ?? []), ...keys]));
    }
  }
  return new Map([...values, ...[...used].map(([file, data]): [string, FileValues] => [file, { data }])]);
}
