import { basename } from "node:path";
import type ts from "typescript";
import { earlierDeclarations, type FileInternals, type TypeScript } from "./typescript.ts";

/**
 * A compiler's host that lists each module once in the declarations of earlier cells.
 *
 * They name a module with each type from it, `import("stemma").Run`, and TypeScript takes a file with one more import than
 * before for a reason to look for all files of all libraries again. What it asks of the list is which modules there are.
 */
export function withSharedImports(ts: TypeScript, host: ts.CompilerHost): ts.CompilerHost {
  const { getSourceFile, getSourceFileByPath } = host;
  const shared = (file: ts.SourceFile | undefined): ts.SourceFile | undefined => {
    if (file !== undefined && basename(file.fileName) === earlierDeclarations) shareImports(ts, file);
    return file;
  };
  const found: Partial<ts.CompilerHost> = {
    getSourceFile: (...asked) => shared(getSourceFile.apply(host, asked)),
    ...(getSourceFileByPath && { getSourceFileByPath: (...asked) => shared(getSourceFileByPath.apply(host, asked)) }),
  };
  return Object.assign(Object.create(host), found) as ts.CompilerHost;
}

/** TypeScript sets the list when it has gone through the file, and sets it once. */
function shareImports(ts: TypeScript, file: ts.SourceFile): void {
  const { value, set } = Object.getOwnPropertyDescriptor(file, "imports") ?? {};
  if (value !== undefined || set !== undefined) return;
  let imports: FileInternals["imports"] | undefined;
  Object.defineProperty(file, "imports", {
    configurable: true,
    get: () => imports,
    set(all: FileInternals["imports"] | undefined) {
      imports = all === undefined ? undefined : eachOnce(ts, all);
    },
  });
}

function eachOnce(ts: TypeScript, specifiers: FileInternals["imports"]): FileInternals["imports"] {
  const seen = new Set<string>();
  return specifiers.filter((specifier) => {
    const type = specifier.parent?.parent;
    // Another form of import, or one with attributes, may lead to another file.
    if (type === undefined || !ts.isImportTypeNode(type) || type.attributes !== undefined) return true;
    const { text } = specifier as ts.StringLiteral;
    return !seen.has(text) && seen.add(text);
  });
}
