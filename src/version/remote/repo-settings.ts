import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  type ConfigValue,
  type DvcConfig,
  type DvcRepo,
  isYamlMap,
  parseDvcConfig,
  type YamlValue,
  yamlEntries,
} from "../../format/index.ts";

/** What an import says about the remote of the repository that it is from, besides what that repository says itself. */
export type RepoSettings = Pick<DvcRepo, "config" | "remote">;

/**
 * A repository's configuration with an import's settings over it: `config` is a file or sections, `remote` the name of a remote, or
 * options of the default one (dvc/dependency/repo.py, RepoDependency._make_fs).
 *
 * @param folder what the path of a configuration file is relative to
 */
export function configWith(config: DvcConfig, settings: RepoSettings, folder: string): DvcConfig {
  const merged = new Map([...config].map(([title, section]) => [title, new Map(section)]));
  const put = (title: string, options: Iterable<readonly [string, ConfigValue]>): void => {
    merged.set(title, new Map([...(merged.get(title) ?? []), ...options]));
  };
  for (const [title, section] of given(settings.config, folder)) put(title, section);
  const { remote } = settings;
  if (typeof remote === "string") put("core", [["remote", remote]]);
  else if (isYamlMap(remote)) {
    const chosen = merged.get("core")?.get("remote");
    const name = typeof chosen === "string" ? chosen : "upstream";
    put("core", [["remote", name]]);
    put(`remote "${name.toLowerCase()}"`, options(remote, folder));
  }
  return merged;
}

function given(
  config: YamlValue,
  folder: string,
): Iterable<readonly [string, Iterable<readonly [string, ConfigValue]>]> {
  if (typeof config === "string") {
    const path = resolve(folder, config);
    return parseDvcConfig(readFileSync(path, "utf8"), path);
  }
  if (!isYamlMap(config)) return [];
  return [...yamlEntries(config)].flatMap(([title, section]) => {
    if (!isYamlMap(section)) return [];
    if (title !== "remote") return [[String(title), options(section, folder)] as const];
    return [...yamlEntries(section)].map(([name, own]) => [`remote "${String(name)}"`, options(own, folder)] as const);
  });
}

function options(section: YamlValue, folder: string): readonly (readonly [string, ConfigValue])[] {
  if (!isYamlMap(section)) return [];
  return [...yamlEntries(section)].map(([key, value]) => {
    const text = String(value);
    const isPath = key === "url" && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text);
    return [String(key).toLowerCase(), isPath ? resolve(folder, text) : text] as const;
  });
}
