import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { StemmaError } from "../error.ts";
import { type ConfigValue, configFault, type DvcConfig, parseDvcConfig, printDvcConfig } from "../format/index.ts";
import { writeDurable } from "../store/index.ts";

/** Where a setting is kept; a later level wins. `repo` is `.dvc/config`, `local` is `.dvc/config.local`, which git ignores. */
export type ConfigLevel = "system" | "global" | "repo" | "local";

export const configLevels: readonly ConfigLevel[] = ["system", "global", "repo", "local"];

/** A configuration that is being edited. */
export type EditableConfig = Map<string, Map<string, ConfigValue>>;

/** DVC's configuration is wrong, or lacks what was asked for. */
export class ConfigError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("CONFIG", `config file error: ${message}`, options);
  }
}

/**
 * The file of a level, absolute (dvc/dirs.py).
 *
 * @param dvcFolder `.dvc` of the project; null outside of one
 * @throws {ConfigError} a level of a project, outside of one
 */
export function configFile(dvcFolder: string | null, level: ConfigLevel): string {
  if (level === "system") return join(process.env["DVC_SYSTEM_CONFIG_DIR"] || systemFolder(), "config");
  if (level === "global") return join(process.env["DVC_GLOBAL_CONFIG_DIR"] || userFolder(), "config");
  if (dvcFolder === null) throw new ConfigError("Not inside a DVC repo");
  return join(dvcFolder, level === "repo" ? "config" : "config.local");
}

function userFolder(): string {
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", "dvc");
  if (process.platform === "win32") return join(process.env["LOCALAPPDATA"] ?? homedir(), "iterative", "dvc");
  return join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "dvc");
}

function systemFolder(): string {
  if (process.platform === "darwin") return "/Library/Application Support/dvc";
  if (process.platform === "win32") return join(process.env["PROGRAMDATA"] ?? "C:\\ProgramData", "iterative", "dvc");
  return join((process.env["XDG_CONFIG_DIRS"] || "/etc/xdg").split(":")[0] ?? "/etc/xdg", "dvc");
}

/** What one level says; relative paths in it made absolute. Empty where there is no file. */
export function readConfig(dvcFolder: string | null, level: ConfigLevel): DvcConfig {
  const file = configFile(dvcFolder, level);
  const text = readText(file);
  if (text === null) return new Map();
  return withPaths(parseDvcConfig(text, file), (path) => absolutePath(dirname(file), path));
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** What all levels say together, or all that come before one. */
export function mergedConfig(dvcFolder: string | null, before: ConfigLevel | null = null): DvcConfig {
  const merged: EditableConfig = new Map();
  for (const level of configLevels) {
    if (level === before) break;
    if (dvcFolder === null && (level === "repo" || level === "local")) continue;
    mergeInto(merged, readConfig(dvcFolder, level));
  }
  return merged;
}

function mergeInto(into: EditableConfig, update: DvcConfig): void {
  for (const [name, section] of update) {
    const target = into.get(name) ?? new Map<string, ConfigValue>();
    for (const [key, value] of section) target.set(key, value);
    into.set(name, target);
  }
}

/**
 * Changes one level and writes its file as DVC does: checked against DVC's schema, paths relative to the file's folder.
 *
 * @param edit changes the level's configuration in place; relative paths that it sets are relative to the working folder
 * @throws {ConfigError} the schema refuses the result; nothing was written
 */
export function editConfig(dvcFolder: string | null, level: ConfigLevel, edit: (config: EditableConfig) => void): void {
  const file = configFile(dvcFolder, level);
  const folder = dirname(file);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const config: EditableConfig = new Map();
  mergeInto(config, parseDvcConfig(text, file));
  const before = new Map([...config].map(([name, section]) => [name, new Map(section)]));
  edit(config);
  // What the edit did not touch is still relative to the file.
  const saved = withPaths(config, (path, name, key) =>
    before.get(name)?.get(key) === path ? resaved(folder, path) : relativePath(folder, path),
  );
  const merged: EditableConfig = new Map();
  mergeInto(merged, mergedConfig(dvcFolder, level));
  mergeInto(merged, saved);
  const fault = configFault(merged);
  if (fault !== null) throw new ConfigError(fault);
  writeDurable(file, printDvcConfig(saved));
}

/** Whether a section's key is the path of a file or folder here (dvc/config.py, _map_dirs). */
function isPath(section: string, key: string): boolean {
  if (section === "cache") return key === "dir";
  if (section.startsWith('machine "')) return key === "startup_script" || key === "setup_script";
  return section.startsWith('remote "') && remotePaths.has(key);
}

const remotePaths: ReadonlySet<string> = new Set([
  ...["url", "gdrive_user_credentials_file", "gdrive_service_account_json_file_path", "credentialpath"],
  ...["configpath", "keyfile", "cert_path", "key_path"],
]);

type PathEdit = (path: string, section: string, key: string) => string;

function withPaths(config: DvcConfig, edit: PathEdit): DvcConfig {
  return new Map(
    [...config].map(([name, section]) => [
      name,
      new Map(
        [...section].map(([key, value]): [string, ConfigValue] => [
          key,
          typeof value === "string" && isPath(name, key) ? edit(value, name, key) : value,
        ]),
      ),
    ]),
  );
}

function isUrl(path: string): boolean {
  return /^\w+:\/\//.test(path);
}

function absolutePath(folder: string, path: string): string {
  if (isUrl(path) || isAbsolute(path)) return path;
  const home = path.replace(/^~(?=[/\\]|$)/, homedir());
  return isAbsolute(home) ? home : resolve(folder, path);
}

function relativePath(folder: string, path: string): string {
  if (isUrl(path) || isAbsolute(path) || /^~(?=[/\\]|$)/.test(path)) return path;
  return posixRelative(folder, resolve(path));
}

function resaved(folder: string, path: string): string {
  if (isUrl(path) || isAbsolute(path) || /^~(?=[/\\]|$)/.test(path)) return path;
  return posixRelative(folder, resolve(folder, path));
}

function posixRelative(from: string, to: string): string {
  return (relative(from, to) || ".").replaceAll(sep, "/");
}
