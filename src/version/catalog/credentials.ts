import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseYaml, plainValue } from "../../format/index.ts";
import { isIgnored, isTracked } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { CatalogError } from "./catalog-error.ts";
import type { DataSet } from "./data-set.ts";
import { isEntry } from "./entry.ts";

const files = ["credentials.yaml", "credentials.yml", "conf/local/credentials.yml", "conf/local/credentials.yaml"];

/** Names that Kedro's credentials have, and DVC's remotes. */
const names: Readonly<Record<string, string>> = {
  key: "access_key_id",
  aws_access_key_id: "access_key_id",
  secret: "secret_access_key",
  aws_secret_access_key: "secret_access_key",
  token: "session_token",
  aws_session_token: "session_token",
  endpoint_url: "endpointurl",
  region_name: "region",
  username: "user",
  key_filename: "keyfile",
};

/**
 * What a place needs to know to let us in: the set's own `config`, and its credentials: from the variable
 * `STEMMA_CREDENTIALS_<NAME>` (JSON), else from `credentials.yaml`, which git must not keep.
 *
 * @throws {CatalogError} there are none of that name; git tracks the file
 */
export function credentialsOf(project: Project, set: DataSet): ReadonlyMap<string, string> {
  const options = new Map(Object.entries(set.config));
  if (set.credentials === null) return options;
  const given = fromEnvironment(set.credentials) ?? fromFiles(project, set.credentials);
  if (given === null) {
    throw new CatalogError(
      `${set.file}: ${set.name} wants the credentials "${set.credentials}", which nothing gives. Write them to credentials.yaml (and that file to .gitignore), or set ${variable(set.credentials)} to their JSON.`,
    );
  }
  add(options, given);
  return options;
}

function add(options: Map<string, string>, given: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(given)) {
    if (key === "client_kwargs" && isEntry(value)) add(options, value);
    else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      options.set(names[key] ?? key, String(value));
    }
  }
}

function variable(name: string): string {
  return `STEMMA_CREDENTIALS_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

function fromEnvironment(name: string): Readonly<Record<string, unknown>> | null {
  const text = process.env[variable(name)];
  if (text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (isEntry(value)) return value;
  } catch {
    // Told below, without its text: it is a secret.
  }
  throw new CatalogError(`${variable(name)} is no JSON object; want {"access_key_id": …, "secret_access_key": …}.`);
}

function fromFiles(project: Project, name: string): Readonly<Record<string, unknown>> | null {
  for (const file of files) {
    const path = join(project.root, file);
    if (!existsSync(path)) continue;
    if (isTracked(path) && !isIgnored(path)) {
      throw new CatalogError(
        `git tracks ${file}, and what it keeps is a secret no more. Take it out: git rm --cached ${file}, add it to .gitignore, and change the secrets.`,
      );
    }
    const all: unknown = plainValue(parseYaml(readFileSync(path, "utf8"), file));
    const own = isEntry(all) ? all[name] : undefined;
    if (isEntry(own)) return own;
  }
  return null;
}
