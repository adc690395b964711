import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, type Project } from "../../../src/store/index.ts";
import { openModels, openRuns } from "../../../src/track/index.ts";
import { tool } from "../../support/tools.ts";

/** All that is in a store, in one shape for MLflow's and ours: values as Python's repr() writes them. */
export interface Said extends SaidModels {
  readonly experiments: Readonly<Record<string, readonly [id: string, lifecycle: string, tags: object]>>;
  readonly runs: Readonly<Record<string, SaidRun>>;
}

export type SaidPoints = readonly (readonly [step: number, timeMs: number, value: string])[];

/** What only databases have. */
export interface SaidModels {
  readonly models: Readonly<Record<string, readonly unknown[]>>;
  readonly registry: Readonly<Record<string, readonly unknown[]>>;
  /** Names of the files of each version. */
  readonly files: Readonly<Record<string, readonly string[]>>;
}

export interface SaidRun {
  readonly experiment: string;
  readonly info: readonly unknown[];
  readonly params: object;
  readonly tags: object;
  readonly latest: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, SaidPoints>>;
  readonly inputs: readonly unknown[];
  /** Logged models that it made, with their steps. */
  readonly models: readonly (readonly [id: string, step: number])[];
  readonly artifacts: readonly (readonly [path: string, bytes: number])[];
}

const script = join(import.meta.dirname, "stores.py");

/** Lets the real MLflow make its stores in a folder. @returns what it reads from those that its client filled */
export function makeStores(
  folder: string,
  revisions: readonly string[],
): { readonly head: Said; readonly mlruns: Said } {
  return JSON.parse(python(folder, ...revisions));
}

/** Lets the real MLflow upgrade a database in place, and read it. */
export function mlflowSays(path: string): Said {
  return JSON.parse(python(path, "read"));
}

function python(...args: readonly string[]): string {
  return execFileSync(tool("python"), [script, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** What our store says. */
export async function stemmaSays(project: Project): Promise<Said> {
  const store = openRuns(project);
  const models = openModels(project);
  const experiments = await store.experiments("all");
  const experimentIds = experiments.map(({ id }) => id);
  const { runs } = await store.searchRuns({ experimentIds, lifecycle: "all", limit: 50_000 });
  const said = await Promise.all(
    runs.map(async (run): Promise<readonly [string, SaidRun]> => {
      const histories = Object.keys(run.metrics).map(async (key): Promise<readonly [string, SaidPoints]> => {
        const points = await store.metricHistory(run.id, key);
        return [key, points.map(({ step, timeMs, value }) => [step, timeMs, repr(value)])];
      });
      const files = run.lifecycle === "active" ? await filesOf(store, run.id, "") : [];
      return [
        run.id,
        {
          experiment: run.experiment,
          info: [run.name, run.status, run.lifecycle, run.user, run.startMs, run.endMs],
          params: run.params,
          tags: run.tags,
          latest: Object.fromEntries(Object.entries(run.metrics).map(([key, { value }]) => [key, repr(value)])),
          metrics: Object.fromEntries(await Promise.all(histories)),
          inputs: run.inputs.map((i) => [i.name, i.digest, i.sourceType, i.source, i.schema, i.profile, i.tags]),
          models: (await models.runModels(run.id)).outputs.map(({ modelId, step }) => [modelId, step]),
          artifacts: files.toSorted(),
        },
      ];
    }),
  );
  return {
    experiments: Object.fromEntries(experiments.map((e) => [e.name, [e.id, e.lifecycle, e.tags] as const])),
    runs: Object.fromEntries(said),
    ...(await saidModels(project, experimentIds)),
  };
}

async function saidModels(project: Project, experimentIds: readonly string[]): Promise<SaidModels> {
  const models = openModels(project);
  const logged = (await models.searchLoggedModels({ experimentIds })).items;
  const registered = (await models.searchModels()).items;
  const versions = (await models.searchVersions()).items.toSorted((a, b) => a.version - b.version);
  const files = versions.map(async (key) => {
    const uri = await models.downloadUri(key);
    const [, experiment = "", owner = "", path = ""] =
      /^mlflow-artifacts:\/(\d+)\/(.+)\/artifacts(.*)$/.exec(uri) ?? [];
    const names = readdirSync(join(project.stemmaFolder, "artifacts", experiment, owner, path)).toSorted();
    return [`${key.name}/${key.version}`, names] as const;
  });
  return {
    models: Object.fromEntries(
      logged.map((m) => {
        const metrics = m.metrics.map((p) => [p.key, repr(p.value), p.step, p.timeMs, p.runId]);
        const names = readdirSync(m.artifactFolder ?? "").toSorted();
        return [m.id, [m.name, m.modelType, m.status, m.sourceRunId, m.tags, m.params, metrics, names]] as const;
      }),
    ),
    registry: Object.fromEntries(
      registered.map((m) => {
        const own = versions.filter(({ name }) => name === m.name);
        const rows = own.map((v) => [v.version, v.stage, v.description, v.runId, v.status, v.tags]);
        const aliases = own.flatMap((v) => v.aliases.map((alias) => [alias, v.version] as const));
        return [m.name, [m.description, m.tags, Object.fromEntries(aliases), rows]] as const;
      }),
    ),
    files: Object.fromEntries(await Promise.all(files)),
  };
}

type Files = readonly (readonly [string, number])[];

async function filesOf(store: ReturnType<typeof openRuns>, run: string, folder: string): Promise<Files> {
  const entries = await store.artifacts(run, folder);
  const files = entries.map(
    async ({ path, bytes }): Promise<Files> => (bytes === null ? filesOf(store, run, path) : [[path, bytes]]),
  );
  return (await Promise.all(files)).flat();
}

/** A double as Python writes it. */
export function repr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  const [digits = "", exponent] = text.split("e");
  const isLarge = Math.abs(value) >= 1e16 && exponent === undefined;
  if (isLarge) return value.toExponential().replace(/e\+(\d)$/, "e+0$1");
  if (exponent !== undefined) return `${digits}e${exponent.replace(/^([+-])(\d)$/, "$10$2")}`;
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential().replace(/e-(\d)$/, "e-0$1");
  return text.includes(".") ? text : `${text}.0`;
}

/** Points kept in the database; those of open writers are not counted. */
export function countPoints(project: Project): number {
  return openDatabase(project).first<{ readonly n: number }>("SELECT sum(points) AS n FROM series")?.n ?? 0;
}
