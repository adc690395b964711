import type ts from "typescript";
import { describe, expect, it } from "vitest";
import { withSharedImports } from "../../src/kernel/language/shared-imports.ts";
import { loadTypeScript } from "../../src/kernel/language/tslab.ts";
import type { FileInternals } from "../../src/kernel/language/typescript.ts";

const stock = loadTypeScript();
const options: ts.CompilerOptions = {
  lib: ["lib.es5.d.ts"],
  moduleResolution: stock.ModuleResolutionKind.Bundler,
  module: stock.ModuleKind.ESNext,
  strict: true,
  noEmit: true,
  types: [],
};
const modules: Readonly<Record<string, string>> = {
  "/node_modules/stemma/index.d.ts": "export interface Run { readonly id: string }",
  "/node_modules/arquero/index.d.ts": "export interface Table { readonly rows: number }",
};

/** A program of the declarations of earlier cells and a cell, made from the one before. */
function programOf(declarations: string, isShared: boolean, old?: ts.Program): ts.Program {
  const files = { ...modules, "/__prev__.d.ts": declarations, "/__tslab__.ts": "export {};" } as Record<string, string>;
  const real = stock.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...real,
    fileExists: (path) => path in files,
    directoryExists: (path) => Object.keys(files).some((file) => file.startsWith(`${path}/`)),
    realpath: (path) => path,
    readFile: (path) => files[path],
    getSourceFile(path, version) {
      const known = old?.getSourceFile(path);
      const text = files[path];
      if (known !== undefined && known.text === (text ?? known.text)) return known;
      return text === undefined ? real.getSourceFile(path, version) : stock.createSourceFile(path, text, version, true);
    },
  };
  return stock.createProgram({
    rootNames: ["/__prev__.d.ts", "/__tslab__.ts"],
    options,
    host: isShared ? withSharedImports(stock, host) : host,
    ...(old === undefined ? {} : { oldProgram: old }),
  });
}

const specifiers = (program: ts.Program): readonly string[] =>
  (program.getSourceFile("/__prev__.d.ts") as unknown as FileInternals).imports.map(
    (one) => (one as ts.StringLiteral).text,
  );
const reused = (program: ts.Program): number =>
  (program as unknown as { readonly structureIsReused: number }).structureIsReused;
const whole = 2;
const run = (name: string): string => `declare const ${name}: import("stemma").Run;\n`;
const table = 'declare const table: import("arquero").Table;\n';

describe("the declarations of earlier cells", () => {
  it("list a module once, however many types of it they name", () => {
    const text = `import { Run } from "stemma";\n${run("a")}${table}${run("b")}export { a, b, table, Run };`;
    // An import itself stays, as does what stands once.
    expect(specifiers(programOf(text, true))).toEqual(["stemma", "stemma", "arquero"]);
    expect(specifiers(programOf(text, false))).toEqual(["stemma", "stemma", "arquero", "stemma"]);
  });

  it("let all other files be taken over when one more value has a type of a known module", () => {
    for (const [isShared, expected] of [
      [true, whole],
      [false, 1],
    ] as const) {
      const before = programOf(`${run("a")}${table}`, isShared);
      const after = programOf(`${run("a")}${table}${run("b")}`, isShared, before);
      expect(reused(after)).toBe(expected);
      expect(after.getSemanticDiagnostics().map(({ messageText }) => messageText)).toEqual([]);
    }
  });

  it("bring in a module that is new", () => {
    const before = programOf(run("a"), true);
    const after = programOf(`${run("a")}${table}`, true, before);
    expect(reused(after)).toBe(1);
    expect(after.getSourceFile("/node_modules/arquero/index.d.ts")).toBeDefined();
    expect(after.getSemanticDiagnostics().map(({ messageText }) => messageText)).toEqual([]);
  });
});
