import type { Project } from "../../store/index.ts";
import type { ModelVersion, RegisteredModel, RegistryQuery } from "../registry/index.ts";
import { modelsInUse } from "./load-model.ts";
import { ModelReferenceError } from "./model-errors.ts";
import { parseReference } from "./reference.ts";

/** What `track.registry` does: names, versions, aliases, on the server in use or in the project. A version is `"seir/3"` or `"seir@champion"`. */
export class ModelRegistry {
  readonly #project: () => Project;

  constructor(project: () => Project) {
    this.#project = project;
  }

  /** All models, or those that a filter finds, by name. @throws {FilterError} */
  async list(query: Omit<RegistryQuery, "pageToken"> = {}): Promise<readonly RegisteredModel[]> {
    const store = this.#store();
    return pages((pageToken) => store.searchModels({ ...query, ...pageToken }), query.limit);
  }

  /** @throws {ModelReferenceError} there is none */
  async get(name: string): Promise<RegisteredModel> {
    const model = await this.#store().model(name);
    if (model === null) throw new ModelReferenceError(`There is no registered model ${JSON.stringify(name)}.`);
    return model;
  }

  /** The versions of a model, the newest first; or those of all that a filter finds. @throws {FilterError} */
  async versions(name: string | null, filter = ""): Promise<readonly ModelVersion[]> {
    if (name !== null) await this.get(name);
    const all = await pages((pageToken) =>
      this.#store().searchVersions({
        filter: versionFilter(name, filter),
        orderBy: ["version_number DESC"],
        ...pageToken,
      }),
    );
    return name === null ? all : all.filter((version) => version.name === name);
  }

  /** The version that a text names. @throws {ModelReferenceError} @throws {AliasNotFoundError} */
  async version(reference: string): Promise<ModelVersion> {
    const asked = parseReference(reference);
    const store = this.#store();
    if (asked.kind === "alias") return store.versionByAlias(asked.name, asked.alias);
    if (asked.kind === "stage") {
      const [version] = await store.latestVersions(asked.name, [asked.stage]);
      if (version !== undefined) return version;
    }
    const version = asked.kind === "version" ? await store.version(asked) : null;
    if (version === null)
      throw new ModelReferenceError(`${JSON.stringify(reference)} is no version of a registered model.`);
    return version;
  }

  /** Makes a model that was logged, or another version, the next version of a name. */
  async register(name: string, source: string, options: { readonly description?: string } = {}): Promise<ModelVersion> {
    const store = this.#store();
    const uri = /^[a-z][a-z0-9-]*:/i.test(source) ? source : `models:/${await this.#sourceOf(source)}`;
    if ((await store.model(name)) === null) await store.createModel(name);
    return store.createVersion(name, { source: uri, ...options });
  }

  /** Points an alias at a version. */
  async alias(reference: string, alias: string): Promise<void> {
    await this.#store().setAlias(await this.version(reference), alias);
  }

  /** Takes an alias away. */
  async unalias(name: string, alias: string): Promise<void> {
    await this.#store().deleteAlias(name, alias);
  }

  /** Moves a version to a stage, MLflow's older way. @param options `archiveExisting` archives what else is in it */
  async stage(
    reference: string,
    stage: string,
    options: { readonly archiveExisting?: boolean } = {},
  ): Promise<ModelVersion> {
    return this.#store().setStage(await this.version(reference), stage, options);
  }

  /** Sets tags of a version, or of a model where only a name is given; null takes one away. */
  async tag(reference: string, tags: Readonly<Record<string, string | null>>): Promise<void> {
    const store = this.#store();
    const key = isName(reference) ? null : await this.version(reference);
    for (const [tag, value] of Object.entries(tags)) {
      if (key === null)
        await (value === null ? store.deleteModelTag(reference, tag) : store.setModelTag(reference, tag, value));
      else await (value === null ? store.deleteVersionTag(key, tag) : store.setVersionTag(key, tag, value));
    }
  }

  /** Describes a version, or a model where only a name is given, in Markdown. */
  async describe(reference: string, description: string): Promise<void> {
    if (isName(reference)) await this.#store().updateModel(reference, { description });
    else await this.#store().updateVersion(await this.version(reference), { description });
  }

  /** Gives a model another name; versions, tags and aliases go with it. */
  async rename(name: string, newName: string): Promise<RegisteredModel> {
    return this.#store().renameModel(name, newName);
  }

  /** Deletes a version, or a model with all its versions where only a name is given. The logged models stay. */
  async delete(reference: string): Promise<void> {
    if (isName(reference)) await this.#store().deleteModel(reference);
    else await this.#store().deleteVersion(await this.version(reference));
  }

  #store(): ReturnType<typeof modelsInUse> {
    return modelsInUse(this.#project());
  }

  async #sourceOf(reference: string): Promise<string> {
    const asked = parseReference(reference);
    if (asked.kind === "logged") return asked.id;
    const { name, version, modelId } = await this.version(reference);
    return modelId ?? `${name}/${version}`;
  }
}

/** Whether a text is a model's name alone. */
function isName(reference: string): boolean {
  return !/[/@:]/.test(reference);
}

function versionFilter(name: string | null, filter: string): string {
  // A name with a quote in it has no place in a filter; it is looked for in the answer.
  const named = name === null || name.includes("'") ? [] : [`name = '${name}'`];
  return [...named, ...(filter === "" ? [] : [filter])].join(" AND ");
}

async function pages<T>(
  ask: (page: {
    readonly pageToken?: string;
  }) => Promise<{ readonly items: readonly T[]; readonly nextPageToken: string | null }>,
  limit = Number.POSITIVE_INFINITY,
): Promise<readonly T[]> {
  const items: T[] = [];
  for (let token: string | null = ""; token !== null && items.length < limit; ) {
    const page: Awaited<ReturnType<typeof ask>> = await ask(token === "" ? {} : { pageToken: token });
    items.push(...page.items);
    token = page.nextPageToken;
  }
  return items.slice(0, limit);
}
