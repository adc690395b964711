import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { loadTypeScript } from "../../src/kernel/language/tslab.ts";
import { tslabTypeScript } from "../../src/kernel/language/tslab-typescript.ts";
import { newCompilation } from "../../src/kernel/language/typescript.ts";
import { watchedFiles } from "../../src/kernel/language/watched-files.ts";

// What stands here changes only with tslab or TypeScript: then each patch of src/kernel/language/tslab-typescript.ts
// wants to be looked at again, with the diff of the package beside it.

const fromHere = createRequire(import.meta.url);
const tslabFile = (name: string): string => readFileSync(fromHere.resolve(`tslab/dist/${name}`), "utf8");
const stock = loadTypeScript();
const dressed = tslabTypeScript(stock, {
  compilation: newCompilation("/nowhere"),
  files: watchedFiles(stock),
  packages: { needsImport: () => false, isInstalled: () => false },
}) as Readonly<Record<string, unknown>>;

const used = [
  ...new Set([...tslabFile("converter.js").matchAll(/\bts\.([A-Za-z]\w*)/g)].map(([, name = ""]) => name)),
].filter(
  // The name of the module, in comments: "lib.d.ts", "ts.sys" is one of them.
  (name) => name !== "js",
);

describe("tslab", () => {
  const digests: readonly (readonly [file: string, digest: string])[] = [
    ["converter.js", "2c671708872c2ad7"],
    ["metadata.js", "3cee7161252f61f7"],
    ["inspect.js", "93850c1aa51df5b9"],
  ];
  it.each(digests)("is the one that was read: %s", (file, digest) => {
    const { version } = fromHere("tslab/package.json") as { readonly version: string };
    expect(version).toBe("1.0.22");
    expect(createHash("sha256").update(tslabFile(file)).digest("hex").slice(0, 16)).toBe(digest);
  });

  it("uses no name of TypeScript that it does not get", () =>
    expect(used.filter((name) => dressed[name] === undefined)).toEqual([]));

  it("uses these names of its own copy that stock TypeScript does not have", () => {
    const names: Readonly<Record<string, unknown>> = { ...stock };
    expect(used.filter((name) => names[name] === undefined).sort()).toEqual([
      "getDefaultTypeRoots",
      "getNullTransformationContext",
      "getPreEmitDiagnosticsOfFiles",
      "getQuickInfoAtPosition",
    ]);
  });

  it("asks for a declared function in one place only, so that a namespace may count as one", () =>
    expect(tslabFile("converter.js").match(/ts\.isFunctionDeclaration\(/g)).toHaveLength(1));
});

describe("stock TypeScript", () => {
  it("is the one whose internals are known", () => expect(stock.version).toBe("5.9.3"));

  it("has the internals that the kernel uses", () => {
    const program = stock.createProgram(["/nowhere/a.ts"], { noLib: true, types: [] });
    const file = stock.createSourceFile("a.ts", "import 'b'", stock.ScriptTarget.Latest);
    stock.bindSourceFile(file, {});
    expect({
      completions: typeof stock.Completions.getCompletionsAtPosition,
      context: typeof stock.nullTransformationContext,
      token: typeof stock.findPrecedingToken,
      name: typeof stock.getTouchingPropertyName,
      resolved: typeof Reflect.get(program, "getResolvedModuleFromModuleSpecifier"),
      locals: Reflect.get(file, "locals") instanceof Map,
      errors: Array.isArray(Reflect.get(file, "parseDiagnostics")),
    }).toEqual({
      completions: "function",
      context: "object",
      token: "function",
      name: "function",
      resolved: "function",
      locals: true,
      errors: true,
    });
  });

  it("declares nothing for cells that this Node does not have", () => {
    // These three are for each iterator to have; not even `Iterator.prototype` has them.
    expect(missingOfLibrary()).toEqual(["Iterator.next", "Iterator.return", "Iterator.throw"]);
  });
});

/** Names of TypeScript's newest library that are not there at run time: globals, their static members and methods. */
function missingOfLibrary(): string[] {
  const name = "/cell.ts";
  const options = { lib: ["lib.esnext.d.ts"], target: stock.ScriptTarget.ES2024, types: [] };
  const host = stock.createCompilerHost(options);
  const own = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...rest) =>
    path === name ? stock.createSourceFile(name, "export {}", options.target) : own(path, ...rest);
  const program = stock.createProgram([name], options, host);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(name);
  if (file === undefined) throw new Error("The program has no cell.");
  return checker.getSymbolsInScope(file, stock.SymbolFlags.Variable).flatMap((symbol) => {
    if (symbol.name === "arguments" || symbol.name === "undefined") return [];
    const value: unknown = Reflect.get(globalThis, symbol.name);
    if (value === undefined) return [symbol.name];
    if (typeof value !== "function") return [];
    const type = checker.getTypeOfSymbol(symbol);
    const prototype = type.getProperty("prototype");
    const instance = prototype === undefined ? undefined : checker.getTypeOfSymbol(prototype);
    const members = (of: typeof type | undefined, at: unknown): string[] =>
      (of?.getProperties() ?? [])
        .filter((member) => !member.name.startsWith("__") && member.flags & stock.SymbolFlags.Method)
        .filter((member) => (typeof at === "object" || typeof at === "function" ? !(member.name in Object(at)) : false))
        .map((member) => `${symbol.name}.${member.name}`);
    return [...members(type, value), ...members(instance, Reflect.get(value, "prototype"))];
  });
}
