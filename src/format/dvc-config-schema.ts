import type { ConfigValue, DvcConfig } from "./dvc-config.ts";

/** What a key may hold; null when the value is right, else why not, in the words of DVC's schema. */
type Check = (value: ConfigValue) => string | null;

const text: Check = (value) => (typeof value === "string" ? null : "expected str");
const bool: Check = (value) =>
  typeof value === "string" && /^(true|false)$/i.test(value) ? null : "expected true or false";
const integer: Check = (value) =>
  typeof value === "string" && /^\s*[+-]?\d+(_\d+)*\s*$/.test(value) ? null : "expected int";
const count: Check = (value) => {
  const wrong = integer(value);
  if (wrong !== null) return wrong;
  return Number(value) >= 1 ? null : "value must be at least 1";
};
const float: Check = (value) => {
  if (typeof value !== "string" || value.trim() === "" || Number.isNaN(Number(value))) return "expected float";
  return Number(value) >= 0 ? null : "value must be at least 0";
};
const boolOrText: Check = text;
const oneOf =
  (...choices: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && choices.includes(value.toLowerCase()) ? null : `expected one of ${choices.join(", ")}`;
const linkTypes: Check = (value) => {
  const types = typeof value === "string" ? value.split(",").map((type) => type.trim()) : value;
  const unknown = types.filter((type) => !["reflink", "hardlink", "symlink", "copy"].includes(type));
  return unknown.length === 0 ? null : `Unsupported cache type(s): ${unknown.join(", ")}`;
};

type Keys = Readonly<Record<string, Check>>;

const keys = (check: Check, names: string): Keys => Object.fromEntries(names.split(" ").map((name) => [name, check]));

const anyRemote: Keys = {
  ...keys(text, "url"),
  ...keys(count, "checksum_jobs jobs"),
  ...keys(bool, "worktree no_traverse version_aware"),
};
const local: Keys = {
  type: linkTypes,
  ...keys(bool, "protected slow_link_warning verify"),
  shared: oneOf("group"),
};
const http: Keys = {
  ...anyRemote,
  auth: oneOf("basic", "digest", "custom"),
  ...keys(text, "custom_auth_header user password method"),
  ...keys(bool, "ask_password verify"),
  ssl_verify: boolOrText,
  ...keys(float, "connect_timeout read_timeout"),
};
const webdav: Keys = {
  ...anyRemote,
  ...keys(text, "user password token bearer_token_command custom_auth_header cert_path key_path"),
  ...keys(bool, "ask_password verify"),
  ssl_verify: boolOrText,
  timeout: integer,
};

/** By the scheme of a remote's URL; "" for a folder (dvc/config_schema.py, REMOTE_SCHEMAS). */
const remotes: Readonly<Record<string, Keys | null>> = {
  "": { ...anyRemote, ...local },
  s3: {
    ...anyRemote,
    ...keys(text, "region profile credentialpath configpath endpointurl access_key_id secret_access_key session_token"),
    ...keys(text, "sse sse_kms_key_id sse_customer_algorithm sse_customer_key acl grant_read grant_read_acp"),
    ...keys(text, "grant_write_acp grant_full_control"),
    ...keys(bool, "listobjects use_ssl allow_anonymous_login verify"),
    cache_regions: () => "expected bool",
    ssl_verify: boolOrText,
    ...keys(integer, "read_timeout connect_timeout"),
  },
  gs: {
    ...anyRemote,
    ...keys(text, "projectname credentialpath endpointurl"),
    ...keys(bool, "verify allow_anonymous_login"),
  },
  ssh: {
    ...anyRemote,
    type: linkTypes,
    ...keys(integer, "port timeout max_sessions"),
    ...keys(text, "user password passphrase keyfile"),
    ...keys(bool, "ask_password ask_passphrase gss_auth allow_agent verify"),
  },
  hdfs: { ...anyRemote, ...keys(text, "user kerb_ticket"), replication: () => "expected int" },
  webhdfs: {
    ...anyRemote,
    ...keys(bool, "kerberos use_https verify"),
    ...keys(text, "kerberos_principal proxy_to token user password data_proxy_target"),
    ssl_verify: boolOrText,
  },
  azure: {
    ...anyRemote,
    ...keys(text, "connection_string sas_token account_name account_key tenant_id client_id client_secret"),
    ...keys(bool, "allow_anonymous_login exclude_environment_credential exclude_visual_studio_code_credential"),
    ...keys(bool, "exclude_shared_token_cache_credential exclude_managed_identity_credential verify"),
    ...keys(integer, "timeout read_timeout connection_timeout"),
  },
  oss: { ...anyRemote, ...keys(text, "oss_key_id oss_key_secret oss_endpoint"), verify: bool },
  gdrive: {
    ...anyRemote,
    ...keys(text, "profile gdrive_client_id gdrive_client_secret gdrive_user_credentials_file"),
    ...keys(text, "gdrive_service_account_user_email gdrive_service_account_json_file_path"),
    ...keys(bool, "gdrive_use_service_account gdrive_trash_only gdrive_acknowledge_abuse verify"),
  },
  http,
  https: http,
  webdav,
  webdavs: webdav,
  remote: null,
};

/** Sections by name; null allows any key (dvc/config_schema.py, SCHEMA). */
const sections: Readonly<Record<string, Keys | null>> = {
  core: {
    ...keys(text, "remote site_cache_dir machine"),
    checksum_jobs: count,
    ...keys(bool, "interactive analytics hardlink_lock no_scm autostage experiments check_update"),
  },
  cache: { ...keys(text, "local s3 gs hdfs webhdfs ssh azure dir"), ...local },
  state: { ...keys(text, "dir"), ...keys(count, "row_limit"), ...keys(integer, "row_cleanup_quota") },
  index: keys(text, "dir"),
  feature: null,
  plots: { ...keys(text, "html_template out_dir"), auto_open: bool },
  exp: {
    ...keys(text, "code data models metrics params plots live git_remote"),
    auto_push: bool,
  },
  parsing: { bool: oneOf("store_true", "boolean_optional"), list: oneOf("nargs", "append") },
  hydra: { enabled: bool, ...keys(text, "config_dir config_module config_name plugins_path") },
  studio: { ...keys(text, "token url repo_url"), offline: bool },
};

const databases: Keys = keys(text, "url username password");

/**
 * What is wrong with a configuration, all levels merged, in DVC's words; null when nothing is.
 *
 * @example "extra keys not allowed @ data['core']['remot']"
 */
export function configFault(config: DvcConfig): string | null {
  for (const [name, section] of config) {
    const fault = sectionFault(name, section);
    if (fault !== null) return fault;
  }
  return null;
}

function sectionFault(name: string, section: ReadonlyMap<string, ConfigValue>): string | null {
  const [, kind, given] = /^(remote|machine|db) "(.*)"$/s.exec(name) ?? [];
  if (kind === "machine") return null;
  if (kind === "remote") return remoteFault(given ?? "", section);
  if (kind === "db") return keysFault(databases, section, `['db']['${given}']`);
  const known = Object.hasOwn(sections, name) ? sections[name] : undefined;
  if (known === undefined) return section.size === 0 ? null : `extra keys not allowed @ data['${name}']`;
  return known === null ? null : keysFault(known, section, `['${name}']`);
}

function remoteFault(name: string, section: ReadonlyMap<string, ConfigValue>): string | null {
  const at = `['remote']['${name}']`;
  const url = section.get("url");
  if (url === undefined) return `expected 'url' for dictionary value @ data${at}`;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/[^/?#]/.exec(String(url))?.[1]?.toLowerCase() ?? "";
  const known = Object.hasOwn(remotes, scheme) ? remotes[scheme] : undefined;
  if (known === undefined) return `Unsupported URL type ${scheme}:// for dictionary value @ data${at}`;
  return known === null ? null : keysFault(known, section, at);
}

function keysFault(known: Keys, section: ReadonlyMap<string, ConfigValue>, at: string): string | null {
  for (const [key, value] of section) {
    const check = Object.hasOwn(known, key) ? known[key] : undefined;
    if (check === undefined) return `extra keys not allowed @ data${at}['${key}']`;
    const why = check(value);
    if (why !== null) return `${why} for dictionary value @ data${at}['${key}']`;
  }
  return null;
}

/** All keys that a configuration may have, as `dvc config` names them: `core.remote`, `remote.<name>.url`. */
export function configKeys(): readonly string[] {
  const remoteKeys = new Set(Object.values(remotes).flatMap((known) => Object.keys(known ?? {})));
  return [
    ...Object.entries(sections).flatMap(([name, known]) => Object.keys(known ?? {}).map((key) => `${name}.${key}`)),
    ...[...remoteKeys].map((key) => `remote.<name>.${key}`),
    ...Object.keys(databases).map((key) => `db.<name>.${key}`),
  ];
}
