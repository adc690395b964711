import { mlJsClass, type Tensor, tensorOfLists } from "../models/index.ts";
import type { AutologAdapter, StartLog } from "./adapter.ts";
import { classifierScores, regressionScores } from "./scores.ts";

/** Classes that train by `train(X, y)`, and those that do it in their constructor. */
const byTrain = [
  ...["RandomForestClassifier", "RandomForestRegression", "DecisionTreeClassifier", "DecisionTreeRegression"],
  ...["LogisticRegression", "GaussianNB", "MultinomialNB", "SVM"],
];
const byConstructor = ["KNN", "SimpleLinearRegression", "MultivariateLinearRegression"];
const regressions = /Regression$/;

/** ml.js's packages, by their names. */
export const mlJsPackages: readonly string[] = [
  ...["ml-random-forest", "ml-cart", "ml-knn", "ml-logistic-regression", "ml-regression-simple-linear"],
  ...["ml-regression-multivariate-linear", "ml-naivebayes", "ml-svm"],
];

/** Training of one of ml.js's packages. */
export function mlJsAdapter(name: string): AutologAdapter {
  return {
    name,
    patch: (module, start) => {
      const offs = classesIn(module)
        .filter((trained) => byTrain.includes(trained.name))
        .map((trained) => patchTrain(trained.prototype, start));
      return () => {
        for (const off of offs) off();
      };
    },
    accepts: (model) => mlJsClass(model) !== null,
    patchModel: (model, start) => patchTrain(model as Trainable, start),
    traced: (trained, start) =>
      isClass(trained) && byConstructor.includes(trained.name) ? traced(trained, start) : null,
  };
}

interface Trainable {
  train?(...given: readonly unknown[]): unknown;
}

interface TrainedClass {
  readonly name: string;
  readonly prototype: Trainable;
  new (...given: readonly unknown[]): object;
}

/** A package exports its classes, or is one. */
function classesIn(module: object): readonly TrainedClass[] {
  return [module, ...Object.values(module)].filter(isClass);
}

function isClass(value: unknown): value is TrainedClass {
  return typeof value === "function" && [...byTrain, ...byConstructor].includes(value.name);
}

function patchTrain(target: Trainable, start: StartLog): () => void {
  const before = target.train;
  const own = Object.getOwnPropertyDescriptor(target, "train");
  if (before === undefined) return () => {};
  const train = function (this: object, ...given: readonly unknown[]): unknown {
    const result = before.apply(this, [...given]);
    logTrained(this, { given, options: optionsOf(this), start });
    return result;
  };
  Object.defineProperty(target, "train", { value: train, configurable: true, writable: true });
  return () => {
    if (own === undefined) Reflect.deleteProperty(target, "train");
    else Object.defineProperty(target, "train", own);
  };
}

/** The class with a constructor that logs; its name, and with it the flavour, stay. */
function traced<Class extends object>(trained: Class & TrainedClass, start: StartLog): Class {
  return new Proxy(trained, {
    construct(target, given: unknown[], newTarget): object {
      const model: object = Reflect.construct(target, given, newTarget);
      const options = typeof given[2] === "object" && given[2] !== null ? given[2] : {};
      // A model that is loaded again is built by the constructor too, and is not trained by it.
      if (isRows(given[0])) logTrained(model, { given, options, start });
      return model;
    },
  });
}

interface Training {
  readonly given: readonly unknown[];
  readonly options: object;
  readonly start: StartLog;
}

function logTrained(model: object, { given, options, start }: Training): void {
  const name = mlJsClass(model) ?? model.constructor.name;
  const log = start(name);
  const work = async (): Promise<void> => {
    log.tags({ estimator_name: name, estimator_class: name });
    log.params(plainOptions(options));
    const features = tensorOf(given[0]);
    const targets = tensorOf(given[1]);
    if (features === null || targets === null) return;
    log.data(features, targets);
    const kept = await log.model(model, firstRows(features));
    const said = (await kept.predict({ data: features.values, dims: features.shape })).flat();
    log.metrics(scoresOf(name, targets.values, said));
  };
  // What goes wrong comes out where somebody waits: at the run's end, or by autolog.done().
  const failed = (error: unknown): Promise<void> => log.done(error);
  work()
    .then(() => log.done(), failed)
    .catch(() => {});
}

function scoresOf(name: string, truth: Tensor["values"], said: readonly unknown[]): Readonly<Record<string, number>> {
  const regresses = regressions.test(name) && name !== "LogisticRegression";
  return regresses
    ? regressionScores(Array.from(truth, Number), said.map(Number))
    : classifierScores(Array.from(truth, String), said.map(String));
}

function optionsOf(model: object): object {
  const { options }: { readonly options?: unknown } = model;
  return typeof options === "object" && options !== null ? options : model;
}

/** The options that a param can hold: neither trained trees nor functions. No depth limit is "Infinity", as text. */
function plainOptions(options: object): Readonly<Record<string, unknown>> {
  const plain = Object.entries(options).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return Object.fromEntries(
    plain.map(([name, value]) => [name, typeof value === "number" && !Number.isFinite(value) ? String(value) : value]),
  );
}

function isRows(value: unknown): boolean {
  return tensorOf(value) !== null;
}

/** Rows, labels, or a Matrix of ml-matrix as a tensor; null for what is none. */
function tensorOf(value: unknown): Tensor | null {
  const { to2DArray }: { readonly to2DArray?: unknown } = Object(value ?? {});
  const lists: unknown = typeof to2DArray === "function" ? to2DArray.call(value) : value;
  const isList = Array.isArray(lists) || (ArrayBuffer.isView(lists) && !(lists instanceof DataView));
  if (!isList) return null;
  const list = Array.from(lists as ArrayLike<unknown>);
  return list.length === 0 ? null : tensorOfLists(list);
}

function firstRows({ shape, values }: Tensor): object {
  const rows = Math.min(5, shape[0] ?? 0);
  const width = shape.slice(1).reduce((size, length) => size * length, 1);
  return { data: Array.from(values).slice(0, rows * width), dims: [rows, ...shape.slice(1)] };
}
