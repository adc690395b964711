import { createRequire, Module } from "node:module";
import { StemmaError } from "../../error.ts";
import { type DressOptions, tslabTypeScript } from "./tslab-typescript.ts";
import type { TypeScript } from "./typescript.ts";

/** An error in a cell's types or syntax; a chain of messages comes as several with one position. */
export interface CellDiagnostic {
  readonly fileName?: string;
  /** Zero-based, in the text of the cell. */
  readonly start: { readonly line: number; readonly character: number };
  readonly messageText: string;
  readonly code: number;
}

/** tslab's `dist/converter.js` makes one: cell in, script and declarations out. */
export interface Converter {
  convert(earlier: string, source: string): Converted;
  inspect(earlier: string, source: string, position: number): object | undefined;
  complete(
    earlier: string,
    source: string,
    position: number,
  ): { readonly start: number; readonly end: number; readonly candidates: readonly string[] };
  addModule(name: string, source: string, meta: CellMeta): readonly CellDiagnostic[];
  close(): void;
}

export interface Converted {
  readonly output?: string;
  readonly declOutput?: string;
  readonly diagnostics: readonly CellDiagnostic[];
  readonly hasToplevelAwait?: boolean;
  readonly lastExpressionVar?: string;
  /** Local modules that the cell imports: the file of each and its script. */
  readonly sideOutputs?: readonly LocalScript[];
}

/** A local module as CommonJS. */
export interface LocalScript {
  readonly path: string;
  readonly data: string;
}

/** What the comment at a cell's head says: `@module name`, `@browser`. */
export interface CellMeta {
  readonly module?: string;
  readonly mode?: "node" | "browser";
}

/** The parts of tslab 1.0.22 that the kernel is made of. Its server and its executor are not used. */
export interface Tslab {
  createConverter(): Converter;
  codeMetadata(source: string): CellMeta;
  /** The scripts of local modules outside the folder that the last cell imports and that are new. */
  scriptsOutside(): readonly LocalScript[];
  printQuickInfo(info: object): string;
  /** What `import "tslab"` gives a cell. */
  readonly publicFace: unknown;
  /** `dist/jupyter.js`: its `lastWriteDisplayData` is what tslab's `display` writes to. */
  readonly jupyter: object;
  readonly version: string;
}

const fromHere = createRequire(import.meta.url);

/**
 * Stock TypeScript, found from this package.
 *
 * @throws {StemmaError} it is not installed, or has no compiler API (TypeScript 7)
 */
export function loadTypeScript(): TypeScript {
  const typescript = peer("typescript", "5.9.3") as TypeScript;
  if (typeof typescript.createWatchCompilerHost === "function") return typescript;
  throw new StemmaError(
    "KERNEL_PACKAGE",
    `TypeScript ${typescript.version} has no compiler API for the kernel. Run: npm i typescript@5.9.3`,
  );
}

/**
 * tslab on the given TypeScript.
 *
 * tslab requires its patched copy by name: the module that this name leads to is put into Node's cache before tslab
 * loads, so the 38 MB of the copy are never read.
 *
 * @throws {StemmaError} tslab is not installed
 */
export function loadTslab(typescript: TypeScript, options: DressOptions): Tslab {
  const fromTslab = requireFrom("tslab", "1.0.22");
  const seat = fromTslab.resolve("@tslab/typescript-for-tslab");
  const dressed = new Module(seat);
  Object.assign(dressed, { exports: tslabTypeScript(typescript, options), filename: seat, loaded: true });
  fromTslab.cache[seat] = dressed;
  const converter = fromTslab("./dist/converter.js") as {
    createConverter(options: { readonly isJS: boolean; readonly isBrowser: boolean }): Converter;
    esModuleToCommonJSModule(text: string, target: number): string;
  };
  const metadata = fromTslab("./dist/metadata.js") as { getCodeMetadata(source: string): CellMeta };
  const inspect = fromTslab("./dist/inspect.js") as { printQuickInfo(info: object): string };
  return {
    createConverter: () => converter.createConverter({ isJS: false, isBrowser: false }),
    codeMetadata: (source) => metadata.getCodeMetadata(source),
    scriptsOutside() {
      const { outside } = options.compilation;
      const made = [...outside].map(([path, text]) => ({ path, data: converter.esModuleToCommonJSModule(text, 99) }));
      outside.clear();
      return made;
    },
    printQuickInfo: (info) => inspect.printQuickInfo(info),
    publicFace: fromTslab("./dist/public.js"),
    jupyter: fromTslab("./dist/jupyter.js") as object,
    version: (fromTslab("./package.json") as { readonly version: string }).version,
  };
}

/** A `require` for the packages that a peer depends on itself. */
export function requireFrom(name: "tslab", version: string): NodeJS.Require {
  try {
    return createRequire(fromHere.resolve(`${name}/package.json`));
  } catch (cause) {
    throw missing(name, version, cause);
  }
}

function peer(name: string, version: string): unknown {
  try {
    return fromHere(name);
  } catch (cause) {
    throw missing(name, version, cause);
  }
}

function missing(name: string, version: string, cause: unknown): StemmaError {
  return new StemmaError(
    "KERNEL_PACKAGE",
    `The TypeScript kernel needs the package ${name}, which is not installed beside stemma. Run: npm i ${name}@${version}`,
    { cause },
  );
}
