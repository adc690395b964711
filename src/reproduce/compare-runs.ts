import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { projectAgain, resultDigest } from "../flow/index.ts";
import { md5, md5File, type Project } from "../store/index.ts";
import {
  localReader,
  type MetricPoint,
  type ReproducedKind,
  type ReproducedValue,
  type RunRecord,
} from "../track/index.ts";
import { type DataAt, madeBy, usedBy } from "./data.ts";

/** Two runs, the second made again as the first. */
export interface Pair {
  readonly before: RunRecord;
  readonly again: RunRecord;
  /** In front of each name; "" for the run that was asked for. */
  readonly prefix: string;
}

/**
 * What is in either of two runs, and whether it is the same: status, code, params, metrics, results, data, artifacts, packages, Node.
 *
 * @param place where the second was made
 */
export async function compareRuns(project: Project, place: Project, pair: Pair): Promise<readonly ReproducedValue[]> {
  const { before, again } = pair;
  const texts = (kind: ReproducedKind, from: Texts, to: Texts): readonly ReproducedValue[] =>
    textValues({ kind, prefix: pair.prefix }, from, to);
  const nested = pair.prefix !== "";
  return [
    ...texts("status", { status: before.status }, { status: again.status }),
    ...(nested ? [] : texts("code", codeOf(before), codeOf(again))),
    ...texts("param", before.params, again.params),
    ...metricValues(project, pair),
    ...texts("result", resultOf(project, before), resultOf(projectAgain(place), again)),
    ...texts("data", dataOf(project, before), dataOf(project, again)),
    ...texts("artifact", await artifactsOf(before), await artifactsOf(again)),
    ...(nested ? [] : texts("package", packagesOf(before), packagesOf(again))),
    ...(nested ? [] : texts("node", nodeOf(before), nodeOf(again))),
  ];
}

type Texts = Readonly<Record<string, string>>;

function textValues(
  { kind, prefix }: { readonly kind: ReproducedKind; readonly prefix: string },
  before: Texts,
  again: Texts,
): readonly ReproducedValue[] {
  return namesOf(before, again).map((name) => {
    const [was, is] = [before[name] ?? null, again[name] ?? null];
    return { kind, name: prefix + name, before: was, again: is, equal: was === is, relative: null };
  });
}

function namesOf(...records: readonly object[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))].sort();
}

function codeOf({ tags }: RunRecord): Texts {
  const commit = tags["mlflow.source.git.commit"];
  return commit === undefined ? {} : { commit };
}

function nodeOf({ tags }: RunRecord): Texts {
  const node = tags["stemma.node"];
  return node === undefined ? {} : { version: node };
}

function resultOf(project: Project, { tags }: RunRecord): Texts {
  const key = tags["stemma.flow.key"];
  const digest = key === undefined ? null : resultDigest(project, key);
  return digest === null ? {} : { result: digest };
}

function packagesOf({ tags }: RunRecord): Texts {
  const lock = tags["stemma.packages.lock"];
  const versions: Texts = Object(JSON.parse(tags["stemma.packages"] ?? "{}"));
  return { ...versions, ...(lock === undefined ? {} : { "lock file": lock }) };
}

/** Digests by path: of what was used, and of what was made. */
function dataOf(project: Project, run: RunRecord): Texts {
  const named = (data: readonly DataAt[], suffix: string): Texts =>
    Object.fromEntries(data.map(({ path, md5: digest }) => [`${path}${suffix}`, digest]));
  const tables = run.inputs.filter(({ sourceType }) => sourceType !== "dvc");
  const used = Object.fromEntries(tables.map(({ name, digest }) => [name, digest]));
  return { ...used, ...named(usedBy(project, [run]), ""), ...named(madeBy(project, run), " (made)") };
}

// A machine's load is no result.
const isResult = (name: string): boolean => !name.startsWith("system/");

function metricValues(project: Project, { before, again, prefix }: Pair): readonly ReproducedValue[] {
  const reader = localReader(project);
  const points = (run: RunRecord, name: string): readonly MetricPoint[] =>
    run.metrics[name] === undefined ? [] : reader.metricHistory(run.id, name);
  return namesOf(before.metrics, again.metrics)
    .filter(isResult)
    .map((name) => metricValue(prefix + name, points(before, name), points(again, name)));
}

function metricValue(name: string, before: readonly MetricPoint[], again: readonly MetricPoint[]): ReproducedValue {
  const same = (a: MetricPoint, b: MetricPoint | undefined): boolean =>
    b !== undefined && Object.is(a.value, b.value) && a.step === b.step;
  const equal = before.length === again.length && before.every((point, i) => same(point, again[i]));
  const comparable = !equal && before.length === again.length && before.every(({ step }, i) => again[i]?.step === step);
  const first = before.findIndex((point, i) => !same(point, again[i]));
  const where = comparable && before.length > 1 ? `, first off at step ${before[first]?.step}` : "";
  return {
    kind: "metric",
    name,
    before: pointsText(before),
    again: again.length === 0 ? null : `${pointsText(again)}${where}`,
    equal,
    relative: comparable
      ? Math.max(...before.map(({ value }, i) => apart(value, again[i]?.value ?? Number.NaN)))
      : null,
  };
}

function pointsText(points: readonly MetricPoint[]): string | null {
  const last = points.at(-1);
  if (last === undefined) return null;
  return points.length === 1 ? String(last.value) : `${last.value} (${points.length} points)`;
}

function apart(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  const larger = Math.max(Math.abs(a), Math.abs(b));
  const difference = Math.abs(a - b) / larger;
  return Number.isNaN(difference) ? 1 : difference;
}

const diffFile = "source/changes.diff";

async function artifactsOf(run: RunRecord): Promise<Texts> {
  const folder = run.artifactFolder;
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const digests: Record<string, string> = {};
  for (const { parentPath, name } of files) {
    const file = join(parentPath, name);
    const path = relative(folder, file).split(sep).join("/");
    if (path === diffFile) continue;
    digests[stableName(path)] =
      name === "MLmodel" ? md5(withoutIdentity(readFileSync(file, "utf8"))) : await md5File(file);
  }
  return digests;
}

/** MLflow's names of logged images end in a time and a random id: `fit%step%0%timestamp%1700000000000%<uuid>.png`. */
function stableName(path: string): string {
  return path.replace(/([%+])timestamp\1\d+\1[0-9a-f-]{32,36}/, "");
}

// Which run it was and when is written into a model's file.
function withoutIdentity(text: string): string {
  return text.replace(/^(run_id|utc_time_created|model_uuid|model_id|artifact_path):.*\n/gm, "");
}
