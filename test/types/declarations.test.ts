import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/tools.ts";

// tslab's own copy of TypeScript: 5.0.4 with small changes for top-level names of cells. Its API is that of `typescript`.
type Compiler = typeof import("typescript");
const compiler = createRequire(import.meta.url)("@tslab/typescript-for-tslab") as Compiler;

/** What the compiler says about the cells, with the options that tslab gives it (1.0.22, dist/converter.js). */
function messages(skipLibCheck: boolean): readonly string[] {
  const program = compiler.createProgram([join(import.meta.dirname, "cells.ts")], {
    module: compiler.ModuleKind.ESNext,
    // Node10 is 2 here and was renamed since; the newer types know it by its old name.
    moduleResolution: 2 as import("typescript").ModuleResolutionKind,
    esModuleInterop: true,
    target: compiler.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts"],
    declaration: true,
    experimentalDecorators: true,
    resolveJsonModule: true,
    typeRoots: [join(root, "node_modules", "@types")],
    types: ["node"],
    noEmit: false,
    skipLibCheck,
  });
  const diagnostics = [...compiler.getPreEmitDiagnostics(program), ...program.getDeclarationDiagnostics()];
  return diagnostics
    .filter(({ file }) => file === undefined || !file.fileName.includes("/node_modules/"))
    .map(({ file, start, messageText }) => {
      const line = file === undefined ? 0 : compiler.getLineAndCharacterOfPosition(file, start ?? 0).line + 1;
      return `${file?.fileName.replace(`${dirname(root)}/`, "")}:${line} ${compiler.flattenDiagnosticMessageText(messageText, " ")}`;
    });
}

describe("the published declarations under tslab's compiler", () => {
  beforeAll(() => expect(compiler.version).toBe("5.0.4"));

  it("let a cell use the three verbs, with types and without an error", () => expect(messages(true)).toEqual([]));

  it("hold no error themselves", () => expect(messages(false)).toEqual([]));
});
