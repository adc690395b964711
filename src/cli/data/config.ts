import { relative } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { DvcConfig } from "../../format/index.ts";
import {
  ConfigError,
  type ConfigLevel,
  configFile,
  configLevels,
  editConfig,
  mergedConfig,
  readConfig,
} from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { dvcFolderAround, verb } from "../dvc-verb.ts";

interface Levels {
  readonly global?: true;
  readonly system?: true;
  readonly project?: true;
  readonly local?: true;
}

interface Options extends Levels {
  readonly unset?: true;
  readonly list?: true;
  readonly showOrigin?: true;
}

interface Name {
  /** The section as the file has it: `core`, `remote "myr"`. */
  readonly section: string;
  readonly key: string;
  /** For messages: `section 'core'`, `remote 'myr'`. */
  readonly title: string;
}

/** The options that say which file is meant; the first one given counts, and two of them are a wrong use. */
export function levelOptions(command: Command): Command {
  const names = ["global", "system", "project", "local"];
  const about: Readonly<Record<string, string>> = {
    global: "the user's configuration",
    system: "the machine's configuration",
    project: ".dvc/config, the default for writing",
    local: ".dvc/config.local, which git ignores",
  };
  for (const name of names) {
    const others = names.filter((other) => other !== name);
    command.addOption(new Option(`--${name}`, about[name]).conflicts(others));
  }
  return command;
}

/** The level that {@link levelOptions} name; null without one. */
export function levelOf(options: Levels): ConfigLevel | null {
  if (options.global) return "global";
  if (options.system) return "system";
  if (options.project) return "repo";
  return options.local ? "local" : null;
}

/** `stemma config` */
export const registerConfig: Register = (program, exit) => {
  levelOptions(verb(program, "config", "Get, set or list DVC's configuration"))
    .argument("[name]", "section.option, remote.NAME.option or db.NAME.option", nameOf)
    .argument("[value]", "the new value")
    .option("-u, --unset", "take the option away")
    .option("-l, --list", "list all options")
    .option("--show-origin", "with the file that each value comes from")
    .action((name: Name | undefined, value: string | undefined, options: Options) => {
      const fault = config({ name, value }, options);
      if (fault === null) return;
      process.stderr.write(`ERROR: ${fault}\n`);
      exit(1);
    });
};

function nameOf(text: string): Name {
  const [, top, section = "", key = ""] = /^(?:(remote|db)\.)?([^.]*)\.([^.]*)$/.exec(text) ?? [];
  if (!text.includes(".") || (section === "" && key === "")) {
    throw new InvalidArgumentError("name argument should look like remote.name.option or section.option");
  }
  const name = section.toLowerCase();
  return {
    section: top === undefined ? name : `${top} "${name}"`,
    key: key.toLowerCase(),
    title: `${top ?? "section"} '${name}'`,
  };
}

interface Given {
  readonly name: Name | undefined;
  readonly value: string | undefined;
}

/** @returns what is wrong with the options; null when it was done */
function config({ name, value }: Given, options: Options): string | null {
  const folder = dvcFolderAround(process.cwd());
  const level = levelOf(options);
  if (options.showOrigin && (value !== undefined || options.unset)) {
    return "--show-origin can't be used together with any of these options: -u/--unset, value";
  }
  if (options.list) {
    if (name !== undefined || options.unset) {
      return "-l/--list can't be used together with any of these options: -u/--unset, name, value";
    }
    print(listed(folder, levelsOf(folder, level), options.showOrigin === true));
    return null;
  }
  if (name === undefined) return "name argument is required";
  if (value === undefined && !options.unset) print(found(folder, { name, level }, options.showOrigin === true));
  else {
    editConfig(folder, level ?? "repo", (edited) => {
      const section = edited.get(name.section);
      if (options.unset) {
        check(edited, name);
        section?.delete(name.key);
      } else edited.set(name.section, new Map([...(section ?? []), [name.key, value ?? ""]]));
    });
  }
  return null;
}

function levelsOf(folder: string | null, level: ConfigLevel | null): readonly ConfigLevel[] {
  if (level === null) return folder === null ? ["system", "global"] : configLevels;
  if (folder === null && (level === "repo" || level === "local")) throw new ConfigError("Not inside a DVC repo");
  return [level];
}

function check(config: DvcConfig, { section, key, title }: Name): void {
  const found = config.get(section);
  if (found === undefined) {
    if (!knownSections.has(section)) throw new ConfigError(`${title} doesn't exist`);
    throw new ConfigError(`option '${key}' doesn't exist in ${title}`);
  }
  if (!found.has(key)) throw new ConfigError(`option '${key}' doesn't exist in ${title}`);
}

const knownSections: ReadonlySet<string> = new Set(
  "core cache state index feature plots exp parsing hydra studio".split(" "),
);

function listed(folder: string | null, levels: readonly ConfigLevel[], origin: boolean): string {
  return levels
    .flatMap((level) => {
      const prefix = origin ? originOf(folder, level) : "";
      const rank = (section: string): number => (/^(remote|machine|db) "/.test(section) ? 0 : 1);
      const sections = [...readConfig(folder, level)].toSorted(([a], [b]) => rank(a) - rank(b));
      return sections.flatMap(([section, keys]) =>
        [...keys].map(([key, value]) => `${prefix}${dotted(section)}.${key}=${pythonValue(value)}\n`),
      );
    })
    .join("");
}

function dotted(section: string): string {
  return section.replace(/^(remote|db|machine) "(.*)"$/, "$1.$2");
}

function pythonValue(value: string | readonly string[]): string {
  return typeof value === "string" ? value : `[${value.map((item) => `'${item}'`).join(", ")}]`;
}

interface Asked {
  readonly name: Name;
  readonly level: ConfigLevel | null;
}

/** The value at the level that wins; nothing where no level has it, unless one was asked for. */
function found(folder: string | null, { name, level }: Asked, origin: boolean): string {
  for (const one of levelsOf(folder, level).toReversed()) {
    const config = readConfig(folder, one);
    const value = config.get(name.section)?.get(name.key);
    if (value !== undefined) return `${origin ? originOf(folder, one) : ""}${pythonValue(value)}\n`;
    if (level !== null) check(config, name);
  }
  return "";
}

function originOf(folder: string | null, level: ConfigLevel): string {
  const file = configFile(folder, level);
  const shown = level === "repo" || level === "local" ? relative(process.cwd(), file) : file;
  return `${shown}\t`;
}

/** The value of a key, of one level or all; null without one. */
export function settingOf(
  folder: string | null,
  level: ConfigLevel | null,
  at: readonly [string, string],
): string | null {
  const config = level === null ? mergedConfig(folder) : readConfig(folder, level);
  const value = config.get(at[0])?.get(at[1]);
  return value === undefined ? null : pythonValue(value);
}
