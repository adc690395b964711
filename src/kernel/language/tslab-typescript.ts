import type ts from "typescript";
import { commonJs } from "./commonjs.ts";
import { completions } from "./completions.ts";
import { markerToken, type PackageFacts, preEmitDiagnostics } from "./diagnostics.ts";
import { watchHost } from "./program.ts";
import { quickInfo } from "./quick-info.ts";
import type { Compilation, TypeScript } from "./typescript.ts";
import type { WatchedFiles } from "./watched-files.ts";

export interface DressOptions {
  readonly compilation: Compilation;
  readonly files: WatchedFiles;
  readonly packages: PackageFacts;
}

/**
 * Stock TypeScript in the clothes of `@tslab/typescript-for-tslab` 5.0.4, the patched copy that tslab 1.0.22 is written
 * for. All that tslab sees of TypeScript differently from stock is named here; nothing of tslab itself is edited.
 *
 * The patched copy differs from stock 5.0.4 in five functions and two options; the rest of the 64 names that tslab uses
 * are stock's own.
 */
export function tslabTypeScript(stock: TypeScript, options: DressOptions): object {
  const { compilation, files, packages } = options;
  const replaced: Readonly<Record<string, unknown>> = {
    // Only in the patched copy:
    getNullTransformationContext: () => stock.nullTransformationContext,
    getDefaultTypeRoots: (folder: string, host: { readonly directoryExists: (path: string) => boolean }) =>
      stock.getEffectiveTypeRoots({}, { getCurrentDirectory: () => folder })?.filter(host.directoryExists),
    getPreEmitDiagnosticsOfFiles: preEmitDiagnostics(stock, compilation, packages),
    getQuickInfoAtPosition: quickInfo(stock),
    Completions: completions(stock),
    // Stock's, with what the kernel adds:
    findPrecedingToken: markerToken(stock),
    isFunctionDeclaration: isKeptDeclaration(stock),
    createWatchCompilerHost: watchHost(stock, compilation),
    transpileModule: commonJs(stock, compilation),
    // Local modules are looked at before each cell instead of being watched.
    sys: files.system,
  };
  const members = Object.entries(replaced).map(([name, value]) => [name, { value, enumerable: true }] as const);
  return Object.create(stock, { ...Object.fromEntries(members), __esModule: { value: true } }) as object;
}

/** tslab asks this only to know which declarations last beyond the next cell, and forgets namespaces without it. */
function isKeptDeclaration(stock: TypeScript): (node: ts.Node) => boolean {
  return (node) =>
    stock.isFunctionDeclaration(node) || (stock.isModuleDeclaration(node) && stock.isIdentifier(node.name));
}
