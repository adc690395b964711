/**
 * Tables, models, long arrays and files that a stage gives or gets: they lie beside the text of its result,
 * `out/fit.files/0.arrow`.
 *
 * This file is copied into exported projects: it imports its neighbours and Node's own modules, nothing else.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { arrayFile, arrayOf, isLongArray } from "./array-file.ts";
import { type Beside, decode, encode } from "./codec.ts";
import { contentText, md5, modelWords, noteContent, noteCopy, type Words } from "./contents.ts";
import { isStepFile, StepFile } from "./file.ts";
import { type ModelFiles, mayBeModel, modelFiles, modelOf } from "./models.ts";
import { requiredPackage } from "./packages.ts";
import { keepParts, type Parts } from "./stage.ts";
import { type TableWords, tableFile, tableFrom, tableKind, tablePackage } from "./tables.ts";

class FolderParts implements Parts {
  readonly #folder: string;
  readonly #written = new Map<object, Words>();
  readonly #waiting = new Map<object, string>();
  #number = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(part: object, path: string): Words | null {
    const known = this.#written.get(part) ?? this.#keep(part, path);
    if (known !== null) this.#written.set(part, known);
    else if (mayBeModel(part)) this.#waiting.set(part, path);
    else return null;
    return known ?? [];
  }

  async settled(): Promise<boolean> {
    for (const [model, path] of this.#waiting) this.#written.set(model, await this.#keepModel(model, path));
    return this.#waiting.size === 0;
  }

  read(words: Words): unknown {
    const [name, place, kind, more] = words;
    const path = join(this.#folder, String(place));
    switch (name) {
      case "file":
        return new StepFile(resolve(path));
      case "npy":
      case "bytes":
        return arrayOf(name, String(kind), bytesOf(path));
      case "model":
        return models === null ? missing(path) : models.get(path, words);
      case "table": {
        const library = requiredPackage(tablePackage(String(kind)), process.cwd());
        const table = tableFrom(bytesOf(path), { kind: String(kind), words: more as TableWords, library });
        noteContent(table, () => ["table", md5(bytesOf(path)), kind, more]);
        return table;
      }
      default:
        return undefined;
    }
  }

  list(): string {
    return JSON.stringify([...this.#written.values()]);
  }

  #keep(part: object, path: string): Words | null {
    if (isStepFile(part)) {
      const place = `${this.#number++}/${basename(part.path)}`;
      mkdirSync(dirname(join(this.#folder, place)), { recursive: true });
      cpSync(resolve(part.path), join(this.#folder, place), { recursive: true });
      return ["file", place];
    }
    if (isLongArray(part)) {
      const { name, kind, bytes } = arrayFile(part);
      return [name, this.#put(name === "npy" ? "npy" : "bin", bytes), kind];
    }
    const kind = tableKind(part);
    if (kind === null) return null;
    const { bytes, words } = tableFile(part, { kind, path, folder: process.cwd() });
    return ["table", this.#put("arrow", bytes), kind, words];
  }

  #put(ending: string, bytes: Uint8Array): string {
    const place = `${this.#number++}.${ending}`;
    writeFileSync(join(this.#folder, place), bytes);
    return place;
  }

  async #keepModel(model: object, path: string): Promise<Words> {
    const { flavor, facts, files } = await modelFiles(model, path);
    const place = String(this.#number++);
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(this.#folder, place, name)), { recursive: true });
      writeFileSync(join(this.#folder, place, name), bytes);
    }
    return ["model", place, flavor, facts, files.map(([name]) => name)];
  }
}

function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

function missing(path: string): never {
  throw new Error(`the model in ${path} is read where nothing can wait for it`);
}

/** Models that are read and copied while the inputs of one step are put together. */
class LoadedModels {
  readonly #waiting = new Map<string, () => Promise<unknown>>();
  readonly #ready = new Map<string, unknown>();

  /** The model of a folder, once it is loaded. */
  get(path: string, [, , flavor, facts, names]: Words): unknown {
    const files = (): ModelFiles => ({
      flavor: String(flavor),
      facts: facts as ModelFiles["facts"],
      files: (names as string[]).map((name) => [name, bytesOf(join(path, name))] as const),
    });
    return this.ready(path, async () => {
      const model = await modelOf(files());
      noteContent(model, () => modelWords(files()));
      return model;
    });
  }

  ready(key: string, load: () => Promise<unknown>): unknown {
    if (!this.#ready.has(key)) this.#waiting.set(key, load);
    return this.#ready.get(key) ?? null;
  }

  /** Whether a model was loaded here: nobody else has it. */
  has(model: object): boolean {
    return [...this.#ready.values()].includes(model);
  }

  /** @returns whether there were any to load */
  async load(): Promise<boolean> {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [key, load] of waiting) this.#ready.set(key, await load());
    return waiting.length > 0;
  }
}

let models: LoadedModels | null = null;

/** Copies of what a step of this stage gave: as flow() gives them to the next one, by way of their text. */
class Copies implements Beside {
  readonly #parts: object[] = [];
  readonly #models: LoadedModels;

  constructor(loaded: LoadedModels) {
    this.#models = loaded;
  }

  write(part: object, path: string): Words | null {
    if (tableKind(part) === null && !mayBeModel(part) && !isLongArray(part) && !isStepFile(part)) return null;
    const at = this.#parts.includes(part) ? this.#parts.indexOf(part) : this.#parts.push(part) - 1;
    return ["part", at, path];
  }

  read([name, at, path]: Words): unknown {
    const part = name === "part" ? this.#parts[Number(at)] : undefined;
    if (part === undefined) return undefined;
    if (isLongArray(part)) {
      const { name: kept, kind, bytes } = arrayFile(part);
      return arrayOf(kept, kind, new Uint8Array(bytes));
    }
    // Tables of arquero and Arrow cannot be changed.
    if (tableKind(part) === "danfo") return copyOfFrame(part, String(path));
    if (!mayBeModel(part) || this.#models.has(part)) return part;
    return this.#models.ready(`copy ${at}`, async () => {
      const model = await modelOf(await modelFiles(part, String(path)));
      noteCopy(model, part, String(path));
      return model;
    });
  }
}

function copyOfFrame(frame: object, path: string): unknown {
  const { bytes, words } = tableFile(frame, { kind: "danfo", path, folder: process.cwd() });
  const library = requiredPackage(tablePackage("danfo"), process.cwd());
  const copy = tableFrom(bytes, { kind: "danfo", words, library });
  noteCopy(copy, frame, path);
  return copy;
}

// Nothing waits inside of `make`: what it asks for is loaded then, and asked for again.
async function inputs<T>(make: () => T): Promise<T> {
  const loaded = new LoadedModels();
  let made = madeWith(make, loaded);
  while (await loaded.load()) made = madeWith(make, loaded);
  const copies = new Copies(loaded);
  const text = encode(made, "inputs", copies);
  const copy = decode(text, copies) as T;
  return (await loaded.load()) ? (decode(text, copies) as T) : copy;
}

function madeWith<T>(make: () => T, loaded: LoadedModels): T {
  models = loaded;
  try {
    return make();
  } finally {
    models = null;
  }
}

keepParts({ parts: (folder) => new FolderParts(folder), inputs, contentText });
