import { existsSync, globSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

/** A Python environment: a venv, a conda environment, or where a `jupyter` on the PATH lives. */
export interface Environment {
  /** `sys.prefix`. */
  readonly prefix: string;
  readonly found: "VIRTUAL_ENV" | ".venv" | "conda" | "PATH";
}

const isWindows = process.platform === "win32";

/** A program of an environment. */
export function programOf(prefix: string, name: string): string {
  // Conda has Python itself one folder higher.
  const conda = join(prefix, `${name}.exe`);
  if (isWindows && existsSync(conda)) return conda;
  return isWindows ? join(prefix, "Scripts", `${name}.exe`) : join(prefix, "bin", name);
}

/** The version of a package that is installed in an environment; null where it is not. */
export function versionOf(prefix: string, distribution: string): string | null {
  const packages = isWindows ? "Lib/site-packages" : "lib/python3*/site-packages";
  const [found] = globSync(`${packages}/${distribution}-[0-9]*.dist-info`, { cwd: prefix });
  return /-([^-]+)\.dist-info$/.exec(found ?? "")?.[1] ?? null;
}

/**
 * The Python environments that a person in this folder may mean, the likeliest first: the activated one, the project's
 * `.venv`, conda's, and the one of the `jupyter` on the PATH.
 */
export function environments(folder: string, env: NodeJS.ProcessEnv = process.env): readonly Environment[] {
  const { VIRTUAL_ENV: active, CONDA_PREFIX: conda } = env;
  const own = projectVenv(resolve(folder));
  const jupyter = onPath("jupyter-lab", env) ?? onPath("jupyter", env);
  const all: readonly Environment[] = [
    ...(active ? [{ prefix: active, found: "VIRTUAL_ENV" } as const] : []),
    ...(own === null ? [] : [{ prefix: own, found: ".venv" } as const]),
    ...(conda ? [{ prefix: conda, found: "conda" } as const] : []),
    // A program of pipx or uv is a link into its environment.
    ...(jupyter === null ? [] : [{ prefix: dirname(dirname(realpathSync(jupyter))), found: "PATH" } as const]),
  ];
  const real = all.filter(({ prefix }) => existsSync(prefix));
  return real.filter(({ prefix }, index) => real.findIndex((other) => other.prefix === prefix) === index);
}

/** The `.venv` of a folder or of one above it, up to the top of its git repository. */
function projectVenv(folder: string): string | null {
  if (existsSync(join(folder, ".venv", "pyvenv.cfg"))) return join(folder, ".venv");
  const above = dirname(folder);
  if (existsSync(join(folder, ".git")) || folder === homedir() || above === folder) return null;
  return projectVenv(above);
}

/** Where a new `.venv` belongs: beside the nearest package.json or `.git`, else into the folder itself. */
export function venvPlace(folder: string): string {
  for (let at = folder; at !== homedir() && dirname(at) !== at; at = dirname(at)) {
    if (existsSync(join(at, "package.json")) || existsSync(join(at, ".git"))) return join(at, ".venv");
  }
  return join(folder, ".venv");
}

/** Where a program of this name is; null when the PATH has none. */
export function onPath(name: string, env: NodeJS.ProcessEnv = process.env): string | null {
  const file = isWindows ? `${name}.exe` : name;
  const folders = (env["PATH"] ?? "").split(delimiter).filter((part) => part !== "");
  return folders.map((folder) => join(folder, file)).find((path) => existsSync(path)) ?? null;
}
