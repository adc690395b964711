import { posix } from "node:path";
import { isYamlMap, YamlTimestamp, type YamlValue, yamlEntries } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { diffValues, readValues, type ValuesDiff, type ViewValues } from "./values.ts";
import { currentBranch, hasCommits, namedRevisions, openView, type RevisionOptions, type View } from "./view.ts";

export interface MetricsOptions {
  /** Files or folders, from the project's root, with `/`; all metrics without any. */
  readonly targets?: readonly string[];
}

/** By revision: what its metrics say. */
export type MetricsByRevision = ReadonlyMap<string, ViewValues>;

/** The metrics of the folder, and of revisions where asked, as `dvc metrics show` gives them. */
export function showMetrics(project: Project, options: MetricsOptions & RevisionOptions = {}): MetricsByRevision {
  const shown = new Map<string, ViewValues>();
  for (const [name, revision] of namedRevisions(project, options)) {
    shown.set(name, metricsOf(openView(project, revision), options.targets ?? []));
  }
  const branch = currentBranch(project);
  // What the folder says is not told twice where it is as committed.
  if (branch !== null && shown.size > 1 && same(shown.get("workspace"), shown.get(branch))) shown.delete("workspace");
  return shown;
}

function same(a: ViewValues | undefined, b: ViewValues | undefined): boolean {
  return a !== undefined && b !== undefined && a.size === b.size && diffValues(a, b, false).size === 0;
}

/** How metrics differ between two revisions, as `dvc metrics diff`. @param options.all what is the same, too */
export function diffMetrics(
  project: Project,
  revisions: readonly [string, string],
  options: MetricsOptions & { readonly all?: boolean } = {},
): ValuesDiff {
  if (!hasCommits(project)) return new Map();
  const [before, after] = revisions.map((revision) => metricsOf(openView(project, revision), options.targets ?? []));
  return diffValues(before ?? new Map(), after ?? new Map(), options.all === true);
}

/** The metrics of a revision (dvc/repo/metrics/show.py). */
export function metricsOf(view: View, targets: readonly string[]): ViewValues {
  const own = view.pipelines.stages.flatMap((stage) =>
    stage.outs.flatMap((out) => (out.kind === "metric" && out.path !== null ? [out.path] : [])),
  );
  const top = view.pipelines.files.flatMap(({ file, top: { metrics } }) =>
    metrics.map((metric) => posix.join(posix.dirname(file), metric)),
  );
  const paths = new Set((targets.length > 0 ? targets : [...own, ...top]).flatMap((path) => view.expand(path)));
  return new Map([...paths].map((path) => [path, readValues(view, path, metricValues)] as const));
}

/** Numbers and texts, in mappings; whatever else a metrics file holds is no metric (dvc/repo/metrics/show.py, _extract_metrics). */
function metricValues(value: YamlValue): YamlValue {
  return extract(value) ?? {};
}

function extract(value: YamlValue): YamlValue | null {
  if (value === null || Array.isArray(value) || value instanceof YamlTimestamp) return null;
  if (!isYamlMap(value)) return value;
  const kept = yamlEntries(value).flatMap(([key, item]) => {
    const metric = extract(item);
    const empty = metric === null || (isYamlMap(metric) && yamlEntries(metric).length === 0);
    return empty ? [] : [[key as string, metric] as const];
  });
  return new Map(kept);
}
