import { type ModelSignature, printMlModel } from "../../format/index.ts";
import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import { destinationOptions } from "../destination.ts";
import { whilePushing } from "../push/index.ts";
import {
  checkAlias,
  checkLoggedModelName,
  checkModelName,
  insertLogged,
  linkModelMetrics,
  localRegistry,
  type ModelVersion,
  openRestModels,
  putRunModel,
  registerVersion,
  sendModel,
} from "../registry/index.ts";
import type { RunWriter } from "../run-writer.ts";
import { flavors } from "./built-flavors.ts";
import { environmentFiles, type Requirements } from "./environment-files.ts";
import { type SavedExample, savedExample } from "./example.ts";
import type { ModelFlavor, SavedFlavor } from "./flavor.ts";
import { MemoryFolder } from "./memory-folder.ts";
import { ModelFlavorError } from "./model-errors.ts";
import { readInput } from "./model-input.ts";
import { type ModelInfo, modelEntity, SavedModel } from "./saved-model.ts";
import { checkedInput, inputFields, outputFields } from "./signature.ts";

/** How a model is kept. */
export interface ModelOptions extends Requirements {
  /** The name of a flavour; the first that accepts the model where absent. */
  readonly flavor?: string;
  /** What it takes and gives; found out from the model and the example where absent. */
  readonly signature?: ModelSignature;
  /** A few rows of its input: kept with it, and asked again of what was written. */
  readonly inputExample?: unknown;
  /** Makes it the next version of this name in the registry, too. */
  readonly registeredName?: string;
  /** Aliases that point at that version from now on. */
  readonly aliases?: readonly string[];
  /** Of the model. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  /** The step of the run that made it; 0 where absent. */
  readonly step?: number;
}

/**
 * Keeps a model with a run: its files with an `MLmodel`, as a logged model that the run made, and with `registeredName`
 * as the next version of that name.
 *
 * @throws {ModelFlavorError} no flavour takes it, or what was written answers otherwise @throws {NameError}
 */
export async function keepModel(
  writer: RunWriter,
  name: string,
  { model, options }: { readonly model: unknown; readonly options: ModelOptions },
): Promise<SavedModel> {
  writer.checkOpen();
  checkNames(name, options);
  const flavor = flavors.of(model, options.flavor);
  const folder = new MemoryFolder();
  const saved = await flavor.save(model, folder);
  const described = await describe({ flavor, model, saved, folder }, options);
  for (const [path, text] of Object.entries({ ...environmentFiles(saved, options), ...described.example?.files }))
    await folder.write(path, text);
  const kept = await write(writer, { name, flavor, saved, folder, ...described, options });
  writer.fact("made", modelEntity({ ...kept, version: null }));
  if (kept.version !== null) writer.fact("made", modelEntity(kept));
  sendBehind(writer, kept);
  return new SavedModel({ project: writer.project, info: kept, flavor, model });
}

function checkNames(name: string, { registeredName, aliases = [] }: ModelOptions): void {
  checkLoggedModelName(name);
  if (registeredName !== undefined) checkModelName(registeredName);
  for (const alias of aliases) checkAlias(alias);
  if (aliases.length > 0 && registeredName === undefined)
    throw new ModelFlavorError(`Aliases such as ${aliases[0]} point at versions; give a registeredName with them.`);
}

interface Written {
  readonly flavor: ModelFlavor;
  readonly model: unknown;
  readonly saved: SavedFlavor;
  readonly folder: MemoryFolder;
}

interface Described {
  readonly signature: ModelSignature | null;
  readonly example: SavedExample | null;
}

/** Finds out what the model takes and gives; with an example, what was written has to answer as the model does. */
async function describe({ flavor, model, saved, folder }: Written, options: ModelOptions): Promise<Described> {
  const own = options.signature ?? (await flavor.signature?.(model)) ?? null;
  if (options.inputExample === undefined) return { signature: own, example: null };
  const input = checkedInput(readInput(options.inputExample), options.signature ?? null);
  const answers = await flavor.predict(model, input);
  const again = await flavor.predict(await flavor.load(folder, saved.facts), input);
  if (comparable(answers) !== comparable(again))
    throw new ModelFlavorError(
      `The model that was written as ${flavor.name} answers otherwise than the one given; it is not kept. Is its toJSON() or save() complete?`,
    );
  // A table says the names of the columns, which the model itself does not know.
  const inputs = options.signature?.inputs ?? (input.kind === "frame" ? null : own?.inputs) ?? inputFields(input);
  return { signature: { inputs, outputs: own?.outputs ?? outputFields(answers) }, example: savedExample(input) };
}

function comparable(answers: unknown): string {
  return JSON.stringify(answers, (_, item: unknown) =>
    typeof item === "bigint" || (typeof item === "number" && !Number.isFinite(item)) ? String(item) : item,
  );
}

interface Kept extends Omit<Written, "model">, Described {
  readonly name: string;
  readonly options: ModelOptions;
}

async function write(writer: RunWriter, kept: Kept): Promise<ModelInfo> {
  const { project } = writer;
  const store = localRegistry(project);
  const id = openDatabase(project).write((sql) => insertRow(sql, writer, kept));
  const createdUtc = utcNow();
  const { saved, folder, flavor, signature, example } = kept;
  const described = {
    stemma: { flavor: flavor.name, loads_in: saved.others === undefined ? "javascript" : "python and javascript" },
  };
  const entries = { ...saved.others, [flavor.name]: saved.facts, ...described };
  const text = printMlModel({
    modelId: id,
    runId: writer.id,
    createdUtc,
    flavors: entries,
    signature,
    example: example?.told ?? null,
    bytes: folder.bytes,
  });
  try {
    for (const [path, bytes] of folder.files) await store.writeModelFile(id, path, bytes);
    await store.writeModelFile(id, "MLmodel", Buffer.from(text));
    await store.finalizeLoggedModel(id, "READY");
    linkModelMetrics(project, writer.key);
  } catch (thrown) {
    await store.finalizeLoggedModel(id, "FAILED");
    throw thrown;
  }
  const version = versionOf(project, id, kept.options);
  return {
    id,
    name: kept.name,
    uri: version === null ? `models:/${id}` : `models:/${version.name}/${version.version}`,
    flavor: flavor.name,
    flavors: Object.keys(entries),
    signature,
    runId: writer.id,
    createdUtc,
    bytes: folder.bytes,
    version,
  };
}

function insertRow(sql: Sql, writer: RunWriter, { name, flavor, options }: Kept): string {
  const { experimentId } = writer.record();
  const id = insertLogged(sql, writer.project, {
    experimentId,
    name,
    modelType: flavor.name,
    sourceRunId: writer.id,
    tags: options.tags ?? {},
    params: options.params ?? {},
  });
  putRunModel(sql, writer.key.row, { role: "output", model: id, step: options.step ?? 0 });
  return id;
}

function versionOf(project: Project, id: string, { registeredName, aliases = [] }: ModelOptions): ModelVersion | null {
  if (registeredName === undefined) return null;
  return openDatabase(project).write((sql) => registerVersion(sql, registeredName, { modelId: id, aliases }));
}

/** A run that is kept on a server has its models there too. */
function sendBehind(writer: RunWriter, { id, name }: ModelInfo): void {
  const options = destinationOptions();
  if (options === null || id === null) return;
  const { project, id: runId } = writer;
  writer.onServer(`model ${name}`, (server) =>
    whilePushing(
      project,
      server.url,
      async () => void (await sendModel(localRegistry(project), openRestModels(options), { id, runId })),
    ),
  );
}

// Python's str(datetime.utcnow()).
function utcNow(): string {
  return `${new Date().toISOString().replace("T", " ").replace("Z", "")}000`;
}
