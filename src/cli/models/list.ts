import type { Command } from "commander";
import { type ModelVersion, type RegisteredModel, track } from "../../track/index.ts";
import { print, printJson, type Register, wholeNumber } from "../command.ts";
import { printPairs, printTable, printTime } from "../text.ts";

interface ListOptions {
  readonly filter?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

/** The commands that look at the registry. */
export const registerModelLists: Register = (models) => {
  listing(models.command("list").description("Registered models, by name"));
  models
    .command("search")
    .description("Versions of models, the newest first")
    .argument("[filter]", "name = 'seir' AND tags.team = 'epi'", "")
    .option("--json", "as JSON")
    .action(async (filter: string, { json = false }: ListOptions) => {
      const versions = await track.registry.versions(null, filter);
      if (json) printJson(versions);
      else print(versions.length === 0 ? "No versions.\n" : versionTable(versions, true));
    });
  models
    .command("show")
    .description("A model with its versions, or one version")
    .argument("<model>", "seir, seir/3, seir@champion")
    .option("--json", "as JSON")
    .action(async (reference: string, { json = false }: ListOptions) => {
      const shown = /[/@:]/.test(reference) ? await oneVersion(reference) : await oneModel(reference);
      if (json) printJson(shown.record);
      else print(shown.text);
    });
};

function listing(command: Command): void {
  command
    .option("--filter <filter>", "MLflow's filter: name LIKE 'se%' AND tags.team = 'epi'")
    .option("--limit <n>", "models to list", wholeNumber(1, 1000))
    .option("--json", "as JSON")
    .action(async ({ filter, limit, json = false }: ListOptions) => {
      const query = { ...(filter === undefined ? {} : { filter }), ...(limit === undefined ? {} : { limit }) };
      const found = await track.registry.list(query);
      if (json) printJson(found);
      else
        print(
          found.length === 0
            ? "No registered models. run.model(…, { registeredName }) makes one.\n"
            : modelTable(found),
        );
    });
}

function modelTable(models: readonly RegisteredModel[]): string {
  const rows = models.map(({ name, latest, aliases, updatedMs, tags }) => [
    name,
    String(Math.max(0, ...latest.map(({ version }) => version)) || "-"),
    Object.entries(aliases)
      .map(([alias, version]) => `${alias} -> ${version}`)
      .join(", "),
    printTime(updatedMs),
    pairs(tags),
  ]);
  const titles = ["name", "latest", "aliases", "changed", "tags"];
  return printTable(
    titles.map((title) => ({ title, right: title === "latest" })),
    rows,
  );
}

function versionTable(versions: readonly ModelVersion[], named: boolean): string {
  const titles = [...(named ? ["name"] : []), "version", "stage", "aliases", "made", "run", "tags"];
  const rows = versions.map((version) => [
    ...(named ? [version.name] : []),
    String(version.version),
    version.stage,
    version.aliases.join(", "),
    printTime(version.createdMs),
    version.runId?.slice(0, 12) ?? "-",
    pairs(version.tags),
  ]);
  return printTable(
    titles.map((title) => ({ title, right: title === "version" })),
    rows,
  );
}

interface Shown {
  readonly record: unknown;
  readonly text: string;
}

async function oneModel(name: string): Promise<Shown> {
  const model = await track.registry.get(name);
  const versions = await track.registry.versions(name);
  const facts: readonly (readonly [string, string])[] = [
    ["name", model.name],
    ["description", model.description || "-"],
    ["made", printTime(model.createdMs)],
    ["changed", printTime(model.updatedMs)],
    ["tags", pairs(model.tags) || "-"],
  ];
  const table = versions.length === 0 ? "No versions.\n" : versionTable(versions, false);
  return { record: { ...model, versions }, text: `${printPairs(facts)}\n${table}` };
}

async function oneVersion(reference: string): Promise<Shown> {
  const version = await track.registry.version(reference);
  const facts: readonly (readonly [string, string])[] = [
    ["name", version.name],
    ["version", String(version.version)],
    ["aliases", version.aliases.join(", ") || "-"],
    ["stage", version.stage],
    ["description", version.description || "-"],
    ["source", version.source],
    ["run", version.runId ?? "-"],
    ["logged model", version.modelId ?? "-"],
    ["made", printTime(version.createdMs)],
    ["tags", pairs(version.tags) || "-"],
  ];
  return { record: version, text: printPairs(facts) };
}

function pairs(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}
