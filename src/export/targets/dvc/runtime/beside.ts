/**
 * Tables and files that a stage gives or gets: they lie beside the text of its result, `out/fit.files/0.arrow`.
 *
 * This file is copied into exported projects: it imports its neighbours and Node's own modules, nothing else.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isStepFile, StepFile } from "./file.ts";
import { requiredPackage } from "./packages.ts";
import { keepParts, type Parts } from "./stage.ts";
import { type TableWords, tableFile, tableFrom, tableKind, tablePackage } from "./tables.ts";

type Words = readonly unknown[];

class FolderParts implements Parts {
  readonly #folder: string;
  readonly #written = new Map<object, Words>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(part: object, path: string): Words | null {
    const known = this.#written.get(part) ?? this.#keep(part, path);
    if (known !== null) this.#written.set(part, known);
    return known;
  }

  read([name, place, kind, words]: Words): unknown {
    if (name === "file") return new StepFile(resolve(this.#folder, String(place)));
    if (name !== "table") return undefined;
    const bytes = new Uint8Array(readFileSync(join(this.#folder, String(place))));
    const library = requiredPackage(tablePackage(String(kind)), process.cwd());
    return tableFrom(bytes, { kind: String(kind), words: words as TableWords, library });
  }

  list(): string {
    return JSON.stringify([...this.#written.values()]);
  }

  #keep(part: object, path: string): Words | null {
    const number = this.#written.size;
    if (isStepFile(part)) {
      const place = `${number}/${basename(part.path)}`;
      mkdirSync(dirname(join(this.#folder, place)), { recursive: true });
      cpSync(resolve(part.path), join(this.#folder, place), { recursive: true });
      return ["file", place];
    }
    const kind = tableKind(part);
    if (kind === null) return null;
    const { bytes, words } = tableFile(part, { kind, path, folder: process.cwd() });
    writeFileSync(join(this.#folder, `${number}.arrow`), bytes);
    return ["table", `${number}.arrow`, kind, words];
  }
}

keepParts((folder) => new FolderParts(folder));
