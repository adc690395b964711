import type { SavedFlavor } from "./flavor.ts";

/** What else a model needs, beside what its flavour says. */
export interface Requirements {
  /** Python packages: `scikit-learn>=1.5`. */
  readonly pip?: readonly string[];
  /** npm packages with their versions. */
  readonly npm?: Readonly<Record<string, string>>;
}

/** The files that tell an environment: those of MLflow where Python loads the model, package.json where JavaScript does. */
export function environmentFiles(saved: SavedFlavor, more: Requirements): Readonly<Record<string, string>> {
  const pip = [...new Set([...(saved.pip ?? []), ...(more.pip ?? [])])];
  const npm = { ...saved.npm, ...more.npm };
  return { ...(pip.length === 0 ? {} : pythonFiles(pip)), ...(Object.keys(npm).length === 0 ? {} : packageFile(npm)) };
}

// No Python version is named: which one the reader has is not known here, and any that MLflow 3 runs on does.
function pythonFiles(pip: readonly string[]): Readonly<Record<string, string>> {
  const conda = [
    "name: mlflow-env",
    "channels:",
    "- conda-forge",
    "dependencies:",
    "- python>=3.10",
    "- pip",
    "- pip:",
  ];
  return {
    "requirements.txt": `${pip.join("\n")}\n`,
    "conda.yaml": `${[...conda, ...pip.map((name) => `  - ${JSON.stringify(name)}`)].join("\n")}\n`,
    "python_env.yaml": "build_dependencies:\n- pip\n- setuptools\n- wheel\ndependencies:\n- -r requirements.txt\n",
  };
}

function packageFile(dependencies: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { "package.json": `${JSON.stringify({ private: true, type: "module", dependencies }, null, 2)}\n` };
}
