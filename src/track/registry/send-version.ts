import type { Models } from "./local-registry.ts";
import type { ModelVersion } from "./registry-store.ts";

/** A version that is sent, and what it is made of where it goes. */
export interface VersionToSend {
  readonly version: ModelVersion;
  readonly source: string;
  readonly modelId: string | null;
  readonly runId: string;
}

/**
 * Makes a version in another registry, or brings the one of that source up to date: description, tags, stage, aliases. Its
 * number is the next one there. A name that is there keeps the description and the tags it has.
 *
 * @returns whether it was not there
 */
export async function sendVersion(from: Models, to: Models, of: VersionToSend): Promise<boolean> {
  const { version, source, modelId, runId } = of;
  await sendName(from, to, version.name);
  const known = await findVersion(to, of);
  const { name, description, tags } = version;
  const there = known ?? (await to.createVersion(name, { source, modelId, runId, description, tags }));
  if (description !== "" && there.description !== description) await to.updateVersion(there, { description });
  for (const [key, text] of Object.entries(tags))
    if (there.tags[key] !== text) await to.setVersionTag(there, key, text);
  if (version.stage !== "None" && there.stage !== version.stage) await to.setStage(there, version.stage);
  for (const alias of version.aliases) if (!there.aliases.includes(alias)) await to.setAlias(there, alias);
  return known === null;
}

async function sendName(from: Models, to: Models, name: string): Promise<void> {
  const here = await from.model(name);
  const { description = "", tags = {} } = here ?? {};
  const there = await to.model(name);
  if (there === null) {
    await to.createModel(name, { description, tags });
    return;
  }
  if (there.description === "" && description !== "") await to.updateModel(name, { description });
  for (const [key, text] of Object.entries(tags))
    if (!Object.hasOwn(there.tags, key)) await to.setModelTag(name, key, text);
}

async function findVersion(to: Models, { version, source }: VersionToSend): Promise<ModelVersion | null> {
  // A name with a quote in it fits no filter.
  const named = version.name.includes("'") ? "" : `name = '${version.name}' AND `;
  const { items } = await to.searchVersions({ filter: `${named}source_path = '${source.replaceAll("'", "''")}'` });
  return items.find(({ name }) => name === version.name) ?? null;
}
