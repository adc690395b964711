import type { Command } from "commander";
import {
  ConfigError,
  type ConfigLevel,
  configLevels,
  editConfig,
  mergedConfig,
  readConfig,
} from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { dvcFolderAround, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";

interface LevelFlags extends VerbOptions {
  readonly global?: true;
  readonly system?: true;
  readonly project?: true;
  readonly local?: true;
}

/** `stemma remote add | default | modify | list | remove | rename`: what DVC's write into its configuration. */
export const registerRemote: Register = (program, exit) => {
  const remote = program.command("remote").description("Set up and manage data remotes");
  levels(verb(remote, "add", "Add a new data remote"))
    .argument("<name>", "name of the remote")
    .argument("<url>", "where it is: a path, s3://bucket/path, ssh://host/path, https://host/path")
    .option("-d, --default", "make it the default remote")
    .option("-f, --force", "overwrite the remote of this name")
    .action(add);
  levels(verb(remote, "default", "Set, unset or show the default data remote"))
    .argument("[name]", "name of the remote")
    .option("-u, --unset", "have no default remote")
    .action((name: string | undefined, flags: DefaultFlags) => exit(setDefault(name ?? null, flags)));
  levels(verb(remote, "modify", "Modify the configuration of a data remote"))
    .argument("<name>", "name of the remote")
    .argument("<option>", "name of the option")
    .argument("[value]", "value of the option")
    .option("-u, --unset", "unset the option")
    .action(modify);
  levels(verb(remote, "list", "List all available data remotes")).action(list);
  levels(verb(remote, "remove", "Remove a data remote"))
    .argument("<name>", "name of the remote")
    .action(remove);
  levels(verb(remote, "rename", "Rename a data remote"))
    .argument("<name>", "name of the remote")
    .argument("<new>", "new name of the remote")
    .action(rename);
};

function levels(command: Command): Command {
  return command
    .option("--global", "use the configuration of this user")
    .option("--system", "use the configuration of this machine")
    .option("--project", "use .dvc/config")
    .option("--local", "use .dvc/config.local");
}

interface Scope {
  readonly dvcFolder: string | null;
  /** null where none was named: all levels are read, `.dvc/config` is written. */
  readonly named: ConfigLevel | null;
  readonly level: ConfigLevel;
}

function scopeOf(flags: LevelFlags): Scope {
  const dvcFolder = dvcFolderAround(process.cwd());
  const named = flags.system
    ? "system"
    : flags.global
      ? "global"
      : flags.local
        ? "local"
        : flags.project
          ? "repo"
          : null;
  if (named === null && dvcFolder === null) throw new ConfigError("Not inside a DVC repo");
  return { dvcFolder, named, level: named ?? "repo" };
}

const section = (name: string): string => `remote "${name}"`;

interface AddFlags extends LevelFlags {
  readonly default?: true;
  readonly force?: true;
}

function add(given: string, url: string, flags: AddFlags): void {
  const { dvcFolder, level } = scopeOf(flags);
  const name = given.toLowerCase();
  if (flags.default === true && flags.quiet !== true) print(`Setting '${printable(name)}' as a default remote.\n`);
  editConfig(dvcFolder, level, (config) => {
    if (config.has(section(name)) && flags.force !== true) {
      throw new ConfigError(`remote '${name}' already exists. Use \`-f|--force\` to overwrite it.`);
    }
    config.set(section(name), new Map([["url", url]]));
    if (flags.default === true) setIn(config, "core", ["remote", name]);
  });
}

type Editable = Parameters<Parameters<typeof editConfig>[2]>[0];

function setIn(config: Editable, title: string, [key, value]: readonly [string, string]): void {
  const known = config.get(title) ?? new Map();
  known.set(key, value);
  config.set(title, known);
}

interface DefaultFlags extends LevelFlags {
  readonly unset?: true;
}

function setDefault(given: string | null, flags: DefaultFlags): number {
  const { dvcFolder, named, level } = scopeOf(flags);
  const name = given?.toLowerCase() ?? null;
  if (name === null && flags.unset !== true) {
    const config = named === null ? mergedConfig(dvcFolder) : readConfig(dvcFolder, named);
    const chosen = config.get("core")?.get("remote");
    print(typeof chosen === "string" ? `${printable(chosen)}\n` : "No default remote set\n");
    return chosen === undefined ? 1 : 0;
  }
  const known = new Set([...mergedConfig(dvcFolder).keys()]);
  editConfig(dvcFolder, level, (config) => {
    if (flags.unset === true) config.get("core")?.delete("remote");
    else if (name !== null && (config.has(section(name)) || known.has(section(name))))
      setIn(config, "core", ["remote", name]);
    else throw new ConfigError("default remote must be present in remote list.");
  });
  return 0;
}

function modify(
  ...given: readonly [name: string, option: string, value: string | undefined, flags: DefaultFlags]
): void {
  const [written, option, value, flags] = given;
  const { dvcFolder, level } = scopeOf(flags);
  const name = written.toLowerCase();
  const below = new Set([...mergedConfig(dvcFolder, level).keys()]);
  editConfig(dvcFolder, level, (config) => {
    checkExists(config.has(section(name)) || below.has(section(name)), name);
    const options = config.get(section(name)) ?? new Map();
    config.set(section(name), options);
    if (flags.unset === true) options.delete(option);
    else if (value === undefined) throw new ConfigError(`remote '${name}': ${option} wants a value`);
    else options.set(option, value);
  });
}

function checkExists(exists: boolean, name: string): void {
  if (!exists) throw new ConfigError(`remote '${name}' doesn't exist.`);
}

function list(flags: LevelFlags): void {
  const { dvcFolder, named } = scopeOf(flags);
  const config = named === null ? mergedConfig(dvcFolder) : readConfig(dvcFolder, named);
  const chosen = config.get("core")?.get("remote");
  for (const [title, options] of config) {
    const name = /^remote "(.*)"$/.exec(title)?.[1];
    if (name === undefined) continue;
    const url = String(options.get("url") ?? "");
    print(tabbed([name, url, ...(name === chosen ? ["(default)"] : [])].map(printable)));
  }
}

/** Words with tabs between, as rich prints them for DVC: spaces up to the next eighth column. */
function tabbed(words: readonly string[]): string {
  const last = words.length - 1;
  return `${words.map((word, i) => (i === last ? word : word.padEnd(8 * (Math.floor(word.length / 8) + 1)))).join("")}\n`;
}

function remove(given: string, flags: LevelFlags): void {
  const { dvcFolder, level } = scopeOf(flags);
  const name = given.toLowerCase();
  editConfig(dvcFolder, level, (config) => {
    checkExists(config.has(section(name)), name);
    config.delete(section(name));
  });
  // A default that names it would lead to nothing; a level above may say so, too.
  for (const above of shadowing(level)) {
    if (readConfig(dvcFolder, above).get("core")?.get("remote") !== name) continue;
    editConfig(dvcFolder, above, (config) => config.get("core")?.delete("remote"));
  }
}

/** The level and those that win over it. */
function shadowing(level: ConfigLevel): readonly ConfigLevel[] {
  return configLevels.slice(configLevels.indexOf(level)).toReversed();
}

function rename(...given: readonly [name: string, next: string, flags: LevelFlags]): void {
  const [written, next, flags] = given;
  const { dvcFolder, level } = scopeOf(flags);
  const name = written.toLowerCase();
  if (mergedConfig(dvcFolder).has(section(next))) {
    throw new ConfigError(`Rename failed. Remote name '${next}' already exists.`);
  }
  editConfig(dvcFolder, level, (config) => {
    const options = config.get(section(name));
    checkExists(options !== undefined, name);
    config.set(section(next), options ?? new Map());
    config.delete(section(name));
    if (config.get("core")?.get("remote") === name) setIn(config, "core", ["remote", next]);
  });
  // Credentials in config.local, and a default there, follow; with DVC they are left behind and end every command.
  for (const above of shadowing(level)) {
    const known = readConfig(dvcFolder, above);
    const isDefault = known.get("core")?.get("remote") === name;
    if (above === level || !(isDefault || known.has(section(name)))) continue;
    editConfig(dvcFolder, above, (config) => {
      if (isDefault) setIn(config, "core", ["remote", next]);
      const options = config.get(section(name));
      if (options !== undefined) config.set(section(next), options);
      config.delete(section(name));
    });
  }
}
