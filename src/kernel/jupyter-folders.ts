import { homedir } from "node:os";
import { join } from "node:path";

/** What decides where a user's Jupyter files are. */
export interface UserPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/**
 * The folder of a user's own Jupyter data, with `kernels/` and `labextensions/`.
 *
 * @see jupyter_core/paths.py, jupyter_data_dir
 */
export function userDataFolder(place: UserPlace = thisUser()): string {
  const { env, platform, home } = place;
  if (env["JUPYTER_DATA_DIR"]) return env["JUPYTER_DATA_DIR"];
  if (platform === "darwin") return join(home, "Library", "Jupyter");
  if (platform === "win32" && env["APPDATA"]) return join(env["APPDATA"], "jupyter");
  if (platform === "win32") return join(home, ".jupyter", "data");
  return join(env["XDG_DATA_HOME"] || join(home, ".local", "share"), "jupyter");
}

/** The same of a Python environment, by its folder (`sys.prefix`). */
export function prefixDataFolder(prefix: string): string {
  return join(prefix, "share", "jupyter");
}

/**
 * Everywhere that Jupyter looks for kernels.
 *
 * @param prefix of the Python environment that Jupyter runs in, or null
 */
export function dataFolders(prefix: string | null, place: UserPlace = thisUser()): readonly string[] {
  const separator = place.platform === "win32" ? ";" : ":";
  const named = (place.env["JUPYTER_PATH"] ?? "").split(separator).filter((path) => path !== "");
  const system = place.platform === "win32" ? [] : ["/usr/local", "/usr"];
  const prefixes = [...(prefix === null ? [] : [prefix]), ...system];
  return [...new Set([...named, userDataFolder(place), ...prefixes.map(prefixDataFolder)])];
}

function thisUser(): UserPlace {
  return { env: process.env, platform: process.platform, home: homedir() };
}
