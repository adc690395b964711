import { StemmaError } from "../../error.ts";
import type { ConfigValue } from "../../format/index.ts";
import { openRemote, type Remote, RemoteError, type RemoteSettings, withoutPassword } from "../../store/index.ts";
import { ConfigError } from "../config.ts";
import type { Repository } from "../repository.ts";

/** The configuration names no remote, or none of that name. */
export class NoRemoteError extends StemmaError {
  constructor(message: string) {
    super("NO_REMOTE", message);
  }
}

/** A remote as the project's configuration has it. */
export interface RemoteEntry {
  readonly name: string;
  /** Without a password; paths are absolute. */
  readonly url: string;
  readonly isDefault: boolean;
}

/** The remotes of a project, in the order of its configuration. */
export function listRemotes(repository: Repository): readonly RemoteEntry[] {
  const chosen = defaultRemote(repository);
  return [...sections(repository)].map(([name, section]) => ({
    name,
    url: withoutPassword(text(section.get("url"))),
    isDefault: name === chosen,
  }));
}

/** Name of the default remote; null without one. */
export function defaultRemote({ config }: Repository): string | null {
  return text(config.get("core")?.get("remote")).toLowerCase() || null;
}

function sections({ config }: Repository): ReadonlyMap<string, ReadonlyMap<string, ConfigValue>> {
  return new Map(
    [...config].flatMap(([title, section]) => {
      const name = /^remote "(.*)"$/.exec(title)?.[1];
      return name === undefined ? [] : [[name, section] as const];
    }),
  );
}

function text(value: ConfigValue | undefined): string {
  return typeof value === "string" ? value : (value ?? []).join(",");
}

/**
 * What the configuration says of a remote, the default one for null; a `remote://name/path` is resolved.
 *
 * @param verb for the message when there is none
 * @throws {NoRemoteError} @throws {ConfigError}
 */
export function remoteSettings(
  repository: Repository,
  name: string | null,
  verb: string,
): RemoteSettings & { readonly name: string } {
  const chosen = name?.toLowerCase() ?? defaultRemote(repository);
  const all = sections(repository);
  if (chosen === null) {
    throw new NoRemoteError(
      all.size === 0
        ? "No remote is specified. Create a default remote with: stemma remote add -d <remote name> <remote url>"
        : `No remote is specified. Set up default remote with: stemma remote default <remote name>, or use: stemma ${verb} -r <remote name>`,
    );
  }
  return { ...resolved(all, chosen), name: chosen };
}

function resolved(all: ReadonlyMap<string, ReadonlyMap<string, ConfigValue>>, name: string, depth = 0): RemoteSettings {
  const section = all.get(name);
  if (section === undefined)
    throw new NoRemoteError(`remote '${name}' doesn't exist. See which there are: stemma remote list`);
  const options = new Map([...section].map(([key, value]) => [key, text(value)]));
  return based(all, { url: options.get("url") ?? "", options }, depth);
}

/** Settings whose `remote://name/path` is replaced by what the named remote says; their own options win. */
function based(
  all: ReadonlyMap<string, ReadonlyMap<string, ConfigValue>>,
  settings: RemoteSettings,
  depth: number,
): RemoteSettings {
  const match = /^remote:\/\/([^/]+)\/?(.*)$/.exec(settings.url);
  if (match === null) return settings;
  const [, base = "", path = ""] = match;
  if (depth > 8) throw new ConfigError(`remote '${base}' refers to itself`);
  const below = resolved(all, base.toLowerCase(), depth + 1);
  const url = `${below.url.replace(/\/+$/, "")}/${path}`;
  return { url, options: new Map([...below.options, ...settings.options, ["url", url]]) };
}

/** What a URL on the command line means in a project: `remote://name/path` is looked up in its configuration. */
export function urlSettings(
  repository: Repository | null,
  url: string,
  options: ReadonlyMap<string, string>,
): RemoteSettings {
  const all = repository === null ? new Map() : sections(repository);
  return based(all, { url, options: new Map(options) }, 0);
}

/** Opens remotes once each, and closes all of them in the end. */
export interface OpenRemotes {
  get(name: string | null): Promise<NamedRemote>;
  /** The same; without a default remote, one that has nothing. */
  getOrNone(name: string | null): Promise<NamedRemote>;
  close(): Promise<void>;
}

export interface NamedRemote {
  readonly name: string;
  readonly remote: Remote;
  /** What the configuration says about transfers at once; null when nothing. */
  readonly jobs: number | null;
}

export function remotesOf(repository: Repository, verb: string): OpenRemotes {
  const opened = new Map<string, Promise<NamedRemote>>();
  const get = (name: string | null): Promise<NamedRemote> => {
    const settings = remoteSettings(repository, name, verb);
    const known = opened.get(settings.name);
    if (known !== undefined) return known;
    const jobs = Number(settings.options.get("jobs"));
    const opening = openRemote(settings).then((remote) => ({
      name: settings.name,
      remote,
      jobs: Number.isInteger(jobs) && jobs > 0 ? jobs : null,
    }));
    opened.set(settings.name, opening);
    return opening;
  };
  return {
    get,
    getOrNone: async (name) => (name === null && defaultRemote(repository) === null ? noRemote : get(name)),
    async close() {
      for (const opening of await Promise.allSettled(opened.values())) {
        if (opening.status === "fulfilled") await opening.value.remote.close();
      }
    },
  };
}

const noRemote: NamedRemote = {
  name: "",
  jobs: null,
  remote: {
    url: "no remote",
    jobs: 1,
    localFolder: null,
    lists: false,
    writes: false,
    stat: async () => null,
    list: async function* () {},
    read: async (path) => {
      throw new RemoteError("MISSING", `${path} is not in the cache, and no remote is specified.`);
    },
    write: async () => {
      throw new NoRemoteError("No remote is specified.");
    },
    remove: async () => {},
    close: async () => {},
  },
};
