import { isLayersModel, type Tensor } from "../models/index.ts";
import type { AutologAdapter, StartLog } from "./adapter.ts";

/** A layers model of tfjs as far as its training is looked at. */
interface Fitting {
  fit(x: unknown, y: unknown, options?: FitOptions): Promise<unknown>;
  readonly optimizer?: { readonly learningRate?: unknown; getClassName?(): string };
  readonly loss?: unknown;
  readonly layers?: readonly unknown[];
  countParams?(): number;
}

interface FitOptions {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly validationSplit?: number;
  readonly shuffle?: unknown;
  readonly callbacks?: unknown;
}

interface EpochCallback {
  onEpochEnd(epoch: number, logs?: Readonly<Record<string, unknown>>): Promise<void>;
}

/** tfjs as far as it is used: callbacks of a class of its own stand beside no plain ones. */
interface Tfjs {
  readonly LayersModel?: { readonly prototype: Fitting };
  readonly CustomCallback?: new (callback: EpochCallback) => object;
}

/** Training of tfjs's layers models by `fit()`. */
export const tfjsAdapter: AutologAdapter = {
  name: "tfjs",
  patch: (module, start) => {
    const tf = module as Tfjs;
    return tf.LayersModel === undefined ? () => {} : patchFit(tf.LayersModel.prototype, { tf, start });
  },
  accepts: (model) => isLayersModel(model),
  patchModel: (model, start) => patchFit(model as Fitting, { tf: {}, start }),
};

interface Around {
  readonly tf: Tfjs;
  readonly start: StartLog;
}

function patchFit(target: Fitting, around: Around): () => void {
  const before = target.fit;
  const own = Object.getOwnPropertyDescriptor(target, "fit");
  const fit = function (this: Fitting, ...[x, y, options = {}]: Parameters<Fitting["fit"]>): Promise<unknown> {
    return logged(this, { x, y, options, around, train: (given) => before.call(this, x, y, given) });
  };
  Object.defineProperty(target, "fit", { value: fit, configurable: true, writable: true });
  return () => {
    if (own === undefined) Reflect.deleteProperty(target, "fit");
    else Object.defineProperty(target, "fit", own);
  };
}

interface Fit {
  readonly x: unknown;
  readonly y: unknown;
  readonly options: FitOptions;
  readonly around: Around;
  readonly train: (options: FitOptions) => Promise<unknown>;
}

async function logged(model: Fitting, { x, y, options, around, train }: Fit): Promise<unknown> {
  const log = around.start("tfjs");
  try {
    log.params(paramsOf(model, options));
    const features = await tensorOf(x);
    if (features !== null) log.data(features, await tensorOf(y));
    let epochs = 0;
    const onEpochEnd = async (epoch: number, logs: Readonly<Record<string, unknown>> = {}): Promise<void> => {
      epochs = epoch + 1;
      log.metrics(numbersOf(logs), epoch);
    };
    const result = await train({ ...options, callbacks: withOurs(options.callbacks, { onEpochEnd }, around.tf) });
    if (epochs < (options.epochs ?? 1)) log.metrics({ stopped_epoch: epochs - 1 });
    await log.model(model, features === null ? undefined : firstRows(features));
    await log.done();
    return result;
  } catch (error) {
    await log.done(error);
    throw error;
  }
}

// tfjs takes a list of its own callbacks, or of plain ones, and no mixed one.
function withOurs(given: unknown, ours: EpochCallback, tf: Tfjs): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given];
  const own = list.find((callback) => typeof Object(callback).setParams === "function");
  if (own === undefined) return [...list, ours];
  if (tf.CustomCallback !== undefined) return [...list, new tf.CustomCallback(ours)];
  return [...list, dressed(Object(own), ours)];
}

/** Our callback with the other methods of a class of tfjs, doing nothing. */
function dressed(own: object, ours: EpochCallback): object {
  const base: object = Object.getPrototypeOf(Object.getPrototypeOf(own)) ?? own;
  const nothing = async (): Promise<void> => {};
  const quiet = ["onEpochBegin", "onBatchBegin", "onBatchEnd", "onTrainBegin", "onTrainEnd", "setParams", "setModel"];
  return Object.assign(Object.create(base), Object.fromEntries(quiet.map((name) => [name, nothing])), ours);
}

function paramsOf(model: Fitting, options: FitOptions): object {
  const { epochs = 1, batchSize = 32, validationSplit, shuffle } = options;
  const learningRate = model.optimizer?.learningRate;
  return {
    epochs,
    batch_size: batchSize,
    ...(validationSplit === undefined ? {} : { validation_split: validationSplit }),
    ...(typeof shuffle === "boolean" ? { shuffle } : {}),
    ...(model.optimizer?.getClassName === undefined ? {} : { opt_name: model.optimizer.getClassName() }),
    ...(typeof learningRate === "number" ? { opt_learning_rate: learningRate } : {}),
    ...(typeof model.loss === "string" ? { loss: model.loss } : {}),
    num_layers: (model.layers ?? []).filter((layer) => className(layer) !== "InputLayer").length,
    ...(model.countParams === undefined ? {} : { num_params: model.countParams() }),
  };
}

function className(layer: unknown): string {
  const { getClassName }: { readonly getClassName?: unknown } = Object(layer);
  return typeof getClassName === "function" ? String(getClassName.call(layer)) : "";
}

function numbersOf(logs: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  const numbers = Object.entries(logs).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return Object.fromEntries(numbers);
}

async function tensorOf(value: unknown): Promise<Tensor | null> {
  const { shape, dtype, data }: { readonly shape?: unknown; readonly dtype?: unknown; readonly data?: unknown } =
    Object(value ?? {});
  if (!Array.isArray(shape) || typeof dtype !== "string" || typeof data !== "function") return null;
  return { dtype, shape, values: await data.call(value) };
}

function firstRows({ shape, values }: Tensor): object {
  const rows = Math.min(3, shape[0] ?? 0);
  const width = shape.slice(1).reduce((size, length) => size * length, 1);
  return { data: Array.from(values).slice(0, rows * width), dims: [rows, ...shape.slice(1)] };
}
