import type { ModelFlavor, ModelFolder } from "./flavor.ts";
import { ModelFlavorError } from "./model-errors.ts";
import { type ModelInput, rowsOf } from "./model-input.ts";
import { importPackage, type ProjectPackage } from "./project-import.ts";
import type { Prediction } from "./tensor.ts";

/** A trained model of one of ml.js's packages. */
export interface MlJsModel {
  predict(data: unknown): unknown;
  toJSON(): unknown;
}

interface Kind {
  readonly package: string;
  /** What the package's `predict` takes: rows, ml-matrix's Matrix, or one number a row. */
  readonly takes: "rows" | "matrix" | "numbers";
}

const kinds: Readonly<Record<string, Kind>> = {
  RandomForestClassifier: { package: "ml-random-forest", takes: "rows" },
  RandomForestRegression: { package: "ml-random-forest", takes: "rows" },
  DecisionTreeClassifier: { package: "ml-cart", takes: "rows" },
  DecisionTreeRegression: { package: "ml-cart", takes: "rows" },
  KNN: { package: "ml-knn", takes: "rows" },
  LogisticRegression: { package: "ml-logistic-regression", takes: "matrix" },
  SimpleLinearRegression: { package: "ml-regression-simple-linear", takes: "numbers" },
  MultivariateLinearRegression: { package: "ml-regression-multivariate-linear", takes: "rows" },
  GaussianNB: { package: "ml-naivebayes", takes: "matrix" },
  MultinomialNB: { package: "ml-naivebayes", takes: "matrix" },
  SVM: { package: "ml-svm", takes: "rows" },
};

/** The name of a model's class where it is one of ml.js's; null for anything else. */
export function mlJsClass(model: unknown): string | null {
  if (typeof model !== "object" || model === null) return null;
  const name = model.constructor?.name ?? "";
  const { predict, toJSON }: { readonly predict?: unknown; readonly toJSON?: unknown } = model;
  const fits = Object.hasOwn(kinds, name) && typeof predict === "function" && typeof toJSON === "function";
  return fits ? name : null;
}

/** The package of one of ml.js's classes. */
export function mlJsPackage(className: string): string {
  return kinds[className]?.package ?? className;
}

/** ml.js's models, as the JSON of their own `toJSON()`; only JavaScript loads them. */
export const mlJsFlavor: ModelFlavor<MlJsModel> = {
  name: "mljs",
  accepts: (model) => mlJsClass(model) !== null,
  save: saveModel,
  load: loadModel,
  predict: async (model, input) => ({ prediction: await predictRows(model, input) }),
};

async function saveModel(model: MlJsModel, folder: ModelFolder): Promise<Awaited<ReturnType<ModelFlavor["save"]>>> {
  const className = mlJsClass(model) ?? "";
  const { version, name } = await packageOf(className);
  await folder.write("model.json", JSON.stringify(model));
  return {
    facts: { class: className, data: "model.json", package: name, package_version: version },
    npm: { [name]: version },
  };
}

async function loadModel(folder: ModelFolder, facts: Readonly<Record<string, unknown>>): Promise<MlJsModel> {
  const className = String(facts["class"]);
  const { exports } = await packageOf(className);
  const json: unknown = JSON.parse(Buffer.from(await folder.read(String(facts["data"] ?? "model.json"))).toString());
  const loader = loaderOf(exports, className);
  return loader.load(json);
}

interface Loader {
  load(json: unknown): MlJsModel;
}

/** A package has its class by name, or is the class itself. */
function loaderOf(exports: Readonly<Record<string, unknown>>, className: string): Loader {
  const found: unknown = exports[className] ?? exports["default"];
  if (typeof found === "function" && "load" in found && typeof found.load === "function")
    return found as unknown as Loader;
  throw new ModelFlavorError(`${mlJsPackage(className)} has no ${className}.load(); install a version that has it.`);
}

function packageOf(className: string): Promise<ProjectPackage> {
  const kind = kinds[className];
  if (kind === undefined)
    throw new ModelFlavorError(
      `${className} is none of ml.js's models that can be loaded: ${Object.keys(kinds).join(", ")}.`,
    );
  return importPackage([kind.package], `A ${className}`);
}

async function predictRows(model: MlJsModel, input: ModelInput): Promise<readonly Prediction[]> {
  const className = mlJsClass(model) ?? "";
  const rows = rowsOf(input);
  const takes = kinds[className]?.takes ?? "rows";
  const data = takes === "matrix" ? await matrixOf(className, rows) : takes === "numbers" ? rows.flat() : rows;
  return [...(model.predict(data) as Iterable<Prediction>)];
}

async function matrixOf(className: string, rows: readonly (readonly number[])[]): Promise<unknown> {
  const { exports } = await (await packageOf(className)).near("ml-matrix");
  const { Matrix } = exports as { readonly Matrix: new (rows: readonly (readonly number[])[]) => unknown };
  return new Matrix(rows);
}
