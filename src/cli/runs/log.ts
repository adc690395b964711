import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { StemmaError } from "../../error.ts";
import type { NamedPoint, RunRecord } from "../../track/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { findRun, type Opened, openToWrite } from "./open.ts";
import { type MetricArgument, metric, pair, texts } from "./pairs.ts";

interface LogOptions {
  readonly param?: readonly (readonly [string, string])[];
  readonly metric?: readonly MetricArgument[];
  readonly tag?: readonly (readonly [string, string])[];
  readonly artifact?: readonly string[];
  readonly note?: string;
  readonly json?: true;
}

/** `stemma runs log` */
export const registerLog: Register = (runs) => {
  runs
    .command("log")
    .description("Add to a run from a shell script")
    .argument("[run]", "its id, or the first digits of it; MLFLOW_RUN_ID where absent")
    .option("-p, --param <key=value>", "a param; may come several times, as all of these", pair)
    .option("-m, --metric <key=number[@step]>", "a metric; the step after the last one where none is given", metric)
    .option("-t, --tag <key=value>", "a tag", pair)
    .option("-a, --artifact <path[:name]>", "a file or folder, kept under its own name or the one given", texts)
    .option("--note <markdown>", "the run's description")
    .option("--json", "what was added, as JSON")
    .action(log);
};

async function log(id: string | undefined, options: LogOptions): Promise<void> {
  const opened = openToWrite();
  const run = await findRun(opened, id);
  // Before anything is written: a wrong path among many leaves the run as it was.
  const files = (options.artifact ?? []).flatMap(filesOf);
  const tags = [
    ...(options.tag ?? []),
    ...(options.note === undefined ? [] : [["mlflow.note.content", options.note] as const]),
  ];
  const metrics = pointsOf(run, options.metric ?? []);
  const params = options.param ?? [];
  if (metrics.length + params.length + tags.length + files.length === 0)
    throw new StemmaError("NOTHING_TO_LOG", "There is nothing to log. Give -p, -m, -t, -a or --note (see --help).");
  await opened.store.logBatch(run.id, {
    metrics,
    params: Object.fromEntries(params),
    tags: Object.fromEntries(tags),
  });
  for (const { path, file } of files) await keep(opened, { run: run.id, path, file });
  const counts = { params: params.length, metrics: metrics.length, tags: tags.length, artifacts: files.length };
  if (options.json) printJson({ run_id: run.id, ...counts });
  else print(`Run ${run.name}: ${said(counts)}.\n`);
}

function said(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${count === 1 ? what.slice(0, -1) : what}`)
    .join(", ");
}

/** A loop in a shell gives a curve: each point without a step follows the last one of its metric. */
function pointsOf(run: RunRecord, metrics: readonly MetricArgument[]): readonly NamedPoint[] {
  const next = new Map(Object.entries(run.metrics).map(([key, { step }]) => [key, step + 1]));
  return metrics.map(({ key, value, step }) => {
    const at = step ?? next.get(key) ?? 0;
    next.set(key, Math.max(at + 1, next.get(key) ?? at + 1));
    return { key, value, step: at, timeMs: Date.now() };
  });
}

interface FileToKeep {
  /** Its path in the run. */
  readonly path: string;
  readonly file: string;
}

/** `out/fit.json`, `out:plots`: a path that exists as it stands goes before one with a name behind a colon. */
function filesOf(argument: string): readonly FileToKeep[] {
  const colon = argument.lastIndexOf(":");
  const isWhole = existsSync(argument) || colon < 1;
  const source = isWhole ? argument : argument.slice(0, colon);
  const name = isWhole ? "" : argument.slice(colon + 1);
  const stats = statSync(source, { throwIfNoEntry: false });
  if (stats === undefined) throw new StemmaError("NO_SUCH_FILE", `There is no file or folder ${source}.`);
  const own = basename(resolve(source));
  const path = name === "" ? own : name.endsWith("/") ? `${name}${own}` : name;
  if (!stats.isDirectory()) return [{ path, file: source }];
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: `${path}/${relative(source, file).split(sep).join("/")}`, file }));
}

async function keep(
  { store, server }: Opened,
  { run, path, file }: FileToKeep & { readonly run: string },
): Promise<void> {
  if (server === null) await store.writeArtifact(run, path, readFileSync(file));
  else await server.uploadArtifact(run, path, file);
}
