import { InvalidArgumentError } from "commander";
import { type ModelVersion, track } from "../../track/index.ts";
import { print, type Register } from "../command.ts";

/** The commands that change the registry. */
export const registerModelChanges: Register = (models) => {
  models
    .command("register")
    .description("Make a logged model, or another version, the next version of a name")
    .argument("<name>", "made where there is none")
    .argument("<source>", "m-…, other/3, runs:/<id>/fit")
    .option("--description <text>", "Markdown")
    .option("--alias <alias...>", "point these at it")
    .action(
      async (name: string, source: string, options: { readonly description?: string; readonly alias?: string[] }) => {
        const { description, alias = [] } = options;
        const version = await track.registry.register(name, source, description === undefined ? {} : { description });
        for (const one of alias) await track.registry.alias(key(version), one);
        print(`${key(version)}\n`);
      },
    );
  models
    .command("alias")
    .description("Point an alias at a version, or take it away")
    .argument("<version>", "seir/3; with -d the model: seir")
    .argument("<alias>")
    .option("-d, --delete", "take it away")
    .action(async (reference: string, alias: string, { delete: away = false }: { readonly delete?: boolean }) => {
      if (away) await track.registry.unalias(reference.replace(/[/@].*$/s, ""), alias);
      else await track.registry.alias(reference, alias);
    });
  registerLabels(models, () => {});
  models
    .command("delete")
    .description("Delete a version, or a model with all its versions; logged models stay")
    .argument("<model>", "seir/3, or seir for all")
    .action((reference: string) => track.registry.delete(reference));
  models
    .command("rename")
    .description("Give a model another name; versions and aliases go with it")
    .argument("<name>")
    .argument("<new-name>")
    .action(async (name: string, newName: string) => {
      await track.registry.rename(name, newName);
    });
};

const registerLabels: Register = (models) => {
  models
    .command("tag")
    .description("Set tags of a model or version; an empty value takes one away")
    .argument("<model>", "seir, or seir/3")
    .argument("<tags...>", "team=epi")
    .action(async (reference: string, tags: readonly string[]) => {
      await track.registry.tag(reference, Object.fromEntries(tags.map(pair)));
    });
  models
    .command("describe")
    .description("Describe a model or version, in Markdown")
    .argument("<model>", "seir, or seir/3")
    .argument("<text>")
    .action((reference: string, text: string) => track.registry.describe(reference, text));
  models
    .command("stage")
    .description("Move a version to a stage: None, Staging, Production, Archived")
    .argument("<version>", "seir/3")
    .argument("<stage>")
    .option("--archive-existing", "archive what else is in that stage")
    .action(async (reference: string, stage: string, options: { readonly archiveExisting?: boolean }) => {
      const version = await track.registry.stage(reference, stage, options);
      print(`${key(version)} ${version.stage}\n`);
    });
};

function pair(text: string): readonly [string, string | null] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError(`${JSON.stringify(text)} is no tag; write team=epi.`);
  return [text.slice(0, at), text.slice(at + 1) || null];
}

function key({ name, version }: ModelVersion): string {
  return `${name}/${version}`;
}
