import { printFields } from "../../format/index.ts";
import { md5 } from "../../store/index.ts";
import { keepModel, type Tensor } from "../models/index.ts";
import { flatParams } from "../params.ts";
import type { DatasetInput } from "../record.ts";
import type { RunWriter } from "../run-writer.ts";
import type { AutologAdapter, StartLog } from "./adapter.ts";
import { mlJsAdapter, mlJsPackages } from "./ml-js.ts";
import { tfjsAdapter } from "./tfjs.ts";

const adapters: readonly AutologAdapter[] = [tfjsAdapter, ...mlJsPackages.map(mlJsAdapter)];

/** A run that trainings are logged to. */
export interface OpenRun {
  readonly writer: RunWriter;
  /** Its end waits for this. */
  until(work: Promise<unknown>): void;
  /** Called when the training is over, for a run of its own. */
  end(error?: unknown): Promise<void>;
}

/** The run that is open, or a new one. */
export type RunOpener = (name: string) => OpenRun | Promise<OpenRun>;

/** What `track.autolog()` gives: a call ends it. */
export interface Autolog {
  (): void;
  /** A class whose constructor trains (KNN, linear regressions) as one that logs: `const KNN = autolog.of(require("ml-knn"))`. */
  of<Class extends object>(trained: Class): Class;
  /** Resolves when all trainings so far are kept; throws what went wrong with one. */
  done(): Promise<void>;
}

/**
 * Logs trainings by themselves from now on.
 *
 * @param modules the libraries as they were imported, by name: `{ tfjs: tf, "ml-random-forest": forest }`
 * @throws {TypeError} a name that no adapter knows
 */
export function startAutolog(
  modules: Readonly<Record<string, object>>,
  open: RunOpener,
  more: readonly AutologAdapter[] = [],
): Autolog {
  const known = [...more, ...adapters];
  const running: Promise<void>[] = [];
  const start = starter(open, running);
  const offs = Object.entries(modules).map(([name, module]) => {
    const adapter = known.find((other) => other.name === (name === "@tensorflow/tfjs" ? "tfjs" : name));
    if (adapter !== undefined) return adapter.patch(module, start);
    throw new TypeError(
      `autolog() knows no ${JSON.stringify(name)}; it knows ${known.map((other) => other.name).join(", ")}.`,
    );
  });
  const off = (): void => {
    for (const take of offs.splice(0)) take();
  };
  return Object.assign(off, {
    of: <Class extends object>(trained: Class): Class => tracedBy(known, trained, start),
    done: () => settled(running),
  });
}

/** Logs the trainings of one model. @throws {TypeError} one that no adapter knows */
export function autologModel(model: object, open: RunOpener, more: readonly AutologAdapter[] = []): Autolog {
  const adapter = [...more, ...adapters].find((other) => other.accepts(model));
  if (adapter === undefined)
    throw new TypeError(
      `autolog() knows no training of a ${model.constructor?.name ?? "value"}; log it with run.model().`,
    );
  const running: Promise<void>[] = [];
  const off = adapter.patchModel(model, starter(open, running));
  return Object.assign(off, {
    of: <Class extends object>(trained: Class): Class => trained,
    done: () => settled(running),
  });
}

function tracedBy<Class extends object>(known: readonly AutologAdapter[], trained: Class, start: StartLog): Class {
  for (const adapter of known) {
    const found = adapter.traced?.(trained, start) ?? null;
    if (found !== null) return found;
  }
  throw new TypeError(
    "autolog.of() takes a class whose constructor trains: KNN, SimpleLinearRegression, MultivariateLinearRegression.",
  );
}

async function settled(running: Promise<void>[]): Promise<void> {
  await Promise.all(running.splice(0));
}

/** Logs of trainings: what is told before the run is open waits, in order. */
function starter(open: RunOpener, running: Promise<void>[]): StartLog {
  return (name) => {
    const found = open(name);
    const run = Promise.resolve(found);
    let over: (outcome: { readonly error?: unknown }) => void = () => {};
    const outcome = new Promise<{ readonly error?: unknown }>((resolve) => {
      over = resolve;
    });
    let last: Promise<unknown> = run;
    const then = <T>(work: (writer: RunWriter) => T | Promise<T>): Promise<T> => {
      const next = last.then(async () => work((await run).writer));
      last = next.catch(() => null);
      return next;
    };
    const failures: unknown[] = [];
    const told = (work: (writer: RunWriter) => void): void => {
      then(work).catch((error: unknown) => failures.push(error));
    };
    const finished = finish({ run, outcome, waiting: () => last, failures });
    // Told where somebody waits for it: at the run's end, or by done().
    finished.catch(() => {});
    running.push(finished);
    if (!(found instanceof Promise)) found.until(finished);
    return {
      params: (params) => told((writer) => writer.params(flatParams(params))),
      metrics: (metrics, step) => told((writer) => writer.log(metrics, step === undefined ? {} : { step })),
      tags: (tags) => told((writer) => writer.tags(tags)),
      data: (features, targets) => told((writer) => writer.input(datasetOf(features, targets), null)),
      model: (model, inputExample) =>
        then((writer) =>
          keepModel(writer, "model", { model, options: inputExample === undefined ? {} : { inputExample } }),
        ),
      done: (error) => {
        over(error === undefined ? {} : { error });
        return finished;
      },
    };
  };
}

interface Finishing {
  readonly run: Promise<OpenRun>;
  readonly outcome: Promise<{ readonly error?: unknown }>;
  readonly waiting: () => Promise<unknown>;
  readonly failures: readonly unknown[];
}

async function finish({ run, outcome, waiting, failures }: Finishing): Promise<void> {
  const { error } = await outcome;
  await waiting();
  const failure = error ?? failures[0];
  await (await run).end(failure);
  if (error === undefined && failure !== undefined) throw failure;
}

/** Features and targets as MLflow's data set of arrays. */
function datasetOf(features: Tensor, targets: Tensor | null): DatasetInput {
  const spec = ({ dtype, shape }: Tensor): string =>
    printFields([{ kind: "tensor", name: null, dtype, shape: [-1, ...shape.slice(1)] }]);
  const schema = { mlflow_tensorspec: { features: spec(features), targets: targets === null ? null : spec(targets) } };
  const profile = { features_shape: features.shape, ...(targets === null ? {} : { targets_shape: targets.shape }) };
  return {
    name: "dataset",
    digest: md5(Buffer.concat([features, ...(targets === null ? [] : [targets])].map(bytesOf))),
    sourceType: "code",
    source: JSON.stringify({ tags: {} }),
    schema: JSON.stringify(schema),
    profile: JSON.stringify(profile),
    tags: { "mlflow.data.context": "train" },
  };
}

function bytesOf({ dtype, values }: Tensor): Uint8Array {
  if (dtype === "str") return Buffer.from(JSON.stringify(Array.from(values, String)));
  const numbers = Float64Array.from(values as ArrayLike<number>, Number);
  return new Uint8Array(numbers.buffer);
}
