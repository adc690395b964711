import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import typescript from "typescript";
import { afterAll, expect, it } from "vitest";

type Compiler = typeof import("typescript");
const old = createRequire(import.meta.url)("@tslab/typescript-for-tslab") as Compiler;
const flowFolder = join(import.meta.dirname, "../../src/flow");
const folder = mkdtempSync(join(tmpdir(), "stemma-types-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The declarations that the face of flow() is made of, as the build writes them. */
function declarations(): void {
  mkdirSync(join(folder, "src/flow/plan"), { recursive: true });
  const plan = readdirSync(join(flowFolder, "plan")).map((name) => `plan/${name}`);
  for (const file of ["builder.ts", "context.ts", "duration.ts", ...plan]) {
    const { outputText } = typescript.transpileDeclaration(readFileSync(join(flowFolder, file), "utf8"), {
      fileName: file,
    });
    writeFileSync(join(folder, "src/flow", file.replace(/ts$/, "d.ts")), outputText.replaceAll('.ts"', '"'));
  }
}

it("takes right inputs and refuses wrong and missing ones under stock tslab's compiler, not strict", () => {
  declarations();
  const text = readFileSync(join(import.meta.dirname, "fixtures/typing.ts"), "utf8");
  const file = join(folder, "typing.ts");
  writeFileSync(file, text.replaceAll("../../../src", "./src").replaceAll('.ts"', '"'));
  const program = old.createProgram([file], {
    module: old.ModuleKind.ESNext,
    moduleResolution: 2 as import("typescript").ModuleResolutionKind,
    target: old.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts"],
    types: [],
    declaration: true,
  });
  const messages = [...old.getPreEmitDiagnostics(program), ...program.getDeclarationDiagnostics()]
    .filter((message) => message.file?.fileName === file)
    .map(({ start, messageText }) => {
      const line = text.slice(0, start).split("\n").length;
      return `typing.ts:${line} ${old.flattenDiagnosticMessageText(messageText, " ")}`;
    });
  expect(old.version).toBe("5.0.4");
  expect(messages).toEqual([]);
});
