import { pythonJson, type YamlValue } from "../../format/index.ts";
import type {
  ExperimentData,
  ExperimentState,
  FileValues,
  QueueTask,
  RecordedContent,
  ShownBaseline,
  ShownExperiment,
  ViewValues,
} from "../../pipeline/index.ts";

/** What `dvc exp show --json` prints (dvc/repo/experiments/serialize.py; the VS Code extension's contract.ts). */
export function printShownJson(shown: readonly ShownBaseline[]): string {
  return pythonJson(
    shown.map((baseline) => ({ ...stateJson(baseline), experiments: rangesJson(baseline.experiments) })),
  );
}

function rangesJson(ranges: readonly ShownExperiment[] | null): unknown {
  return (
    ranges?.map(({ name, states, task }) => ({
      revs: states.map((state) => ({ ...stateJson(state), experiments: null })),
      executor: task === null ? null : executorJson(task),
      name,
    })) ?? null
  );
}

// dvc/repo/experiments/queue/celery.py, collect_…_data; DVC's name for what runs in the background.
function executorJson({ state, process, commit, folder }: QueueTask): object {
  const { log = null, pid = null, code = null } = process ?? {};
  const waits = state === "queued";
  const local = { root: folder, log: waits ? null : log, pid: waits ? null : pid, returncode: waits ? null : code };
  return {
    state,
    name: state === "failed" ? null : "dvc-task",
    local: process === null && !waits ? null : { ...local, task_id: commit },
  };
}

function stateJson({ revision, name, data, error }: ExperimentState): object {
  return {
    rev: revision,
    name,
    data: data === null ? null : dataJson(revision, data),
    error: error === null ? null : { msg: error.message, type: error.type },
  };
}

function dataJson(revision: string, { timeMs, params, metrics, deps, outs }: ExperimentData): object {
  const content = ({ md5, bytes, files }: RecordedContent): object => ({ hash: md5, size: bytes, nfiles: files });
  return {
    // What has no time is a folder's, though an experiment that runs there has a commit.
    rev: timeMs === null ? "workspace" : revision,
    timestamp: timeMs === null ? null : localTime(timeMs),
    params: valuesJson(params),
    metrics: valuesJson(metrics),
    deps: new Map([...deps].map(([path, dep]) => [path, content(dep)])),
    outs: new Map(
      [...outs].map(([path, out]) => [path, { ...content(out), use_cache: out.cache, is_data_source: out.data }]),
    ),
    meta: {},
  };
}

function valuesJson(values: ViewValues): ReadonlyMap<string, YamlValue> {
  const file = (one: FileValues): YamlValue => ("data" in one ? { data: one.data } : { error: one.error });
  return new Map([...values].map(([path, one]) => [path, file(one)]));
}

/** "2026-11-21T15:50:08", in the time of this machine, as Python's `isoformat()`. */
export function localTime(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (number: number): string => String(number).padStart(2, "0");
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date}T${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
