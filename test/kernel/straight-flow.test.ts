import fc from "fast-check";
import type ts from "typescript";
import { describe, expect, it } from "vitest";
import { straightenFlow } from "../../src/kernel/language/straight-flow.ts";
import { loadTypeScript } from "../../src/kernel/language/tslab.ts";

const stock = loadTypeScript();
const options: ts.CompilerOptions = {
  lib: ["lib.es5.d.ts"],
  target: stock.ScriptTarget.ES2022,
  strict: true,
  noEmit: true,
  types: [],
};
const library = stock.createCompilerHost(options);
const libraryFiles = new Map<string, ts.SourceFile | undefined>();

/** What TypeScript finds of a text: its errors, and the type of each name in it. */
function found(text: string, isStraight: boolean): { readonly types: readonly string[]; readonly walked: number } {
  const cell = stock.createSourceFile("/cell.ts", text, stock.ScriptTarget.ES2022, true);
  const getSourceFile: ts.CompilerHost["getSourceFile"] = (path, language) => {
    if (path === "/cell.ts") return cell;
    if (!libraryFiles.has(path)) libraryFiles.set(path, library.getSourceFile(path, language));
    return libraryFiles.get(path);
  };
  const host = { ...library, getSourceFile, fileExists: (path: string) => path === "/cell.ts" };
  const program = stock.createProgram({ rootNames: ["/cell.ts"], options, host });
  stock.bindSourceFile(cell, options);
  if (isStraight) straightenFlow(stock, cell);
  const errors = program.getSemanticDiagnostics(cell).map(({ start, code }) => `${start}: ${code}`);
  const checker = program.getTypeChecker();
  const types: string[] = [];
  const visit = (node: ts.Node): void => {
    if (stock.isExpression(node)) types.push(`${node.pos}: ${checker.typeToString(checker.getTypeAtLocation(node))}`);
    stock.forEachChild(node, visit);
  };
  visit(cell);
  return { types: [...errors, ...types], walked: steps(cell) };
}

/** How far each use of a name is from where its flow begins, in sum. */
function steps(cell: ts.SourceFile): number {
  interface Flow {
    readonly antecedent?: Flow;
  }
  let sum = 0;
  const visit = (node: ts.Node): void => {
    let flow = stock.isIdentifier(node) ? (node as { flowNode?: Flow }).flowNode : undefined;
    for (; flow !== undefined; flow = flow.antecedent) sum++;
    stock.forEachChild(node, visit);
  };
  visit(cell);
  return sum;
}

const declared = `
type Part = { x?: string | number; deep: { y: string | null } } | null;
declare function make(): string | number | undefined;
declare function part(): Part;
declare function isText(value: unknown): value is string;
declare function sure(value: unknown): asserts value;
`;
const names = ["a", "b", "c", "d", "p", "q"] as const;
const name = fc.constantFrom(...names);
const texts = fc.constantFrom("a", "b", "c", "d");
const parts = fc.constantFrom("p", "q");

const { statement } = fc.letrec<{ statement: string; block: string; expression: string; condition: string }>((tie) => ({
  expression: fc.oneof(
    name,
    parts.map((p) => `${p}?.x`),
    parts.map((p) => `${p}!.deep.y`),
    parts.map((p) => `${p}?.deep?.y?.length`),
    fc.constantFrom("make()", "1", '"t"', "undefined", "part()"),
    fc.tuple(texts, texts).map(([a, b]) => `(${a} ?? ${b})`),
    fc.tuple(texts, texts).map(([a, b]) => `(${a} = ${b})`),
    texts.map((a) => `(() => ${a})()`),
  ),
  condition: fc.oneof(
    texts.map((a) => `typeof ${a} === "string"`),
    texts.map((a) => `isText(${a})`),
    parts.map((p) => `${p} !== null && ${p}.x !== undefined`),
    parts.map((p) => `typeof ${p}?.x === "number"`),
    texts.map((a) => `!${a}`),
  ),
  block: fc.array(tie("statement"), { maxLength: 4 }).map((lines) => `{\n${lines.join("\n")}\n}`),
  statement: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    // Mostly rows of declarations, which is what the straight way goes past.
    { weight: 6, arbitrary: fc.tuple(fc.nat(9), tie("expression")).map(([n, e]) => `var v${n}${n} = ${e};`) },
    {
      weight: 3,
      arbitrary: fc.tuple(texts, tie("expression")).map(([n, e]) => `var ${n} = ${e} as ReturnType<typeof make>;`),
    },
    { weight: 2, arbitrary: parts.map((p) => `var ${p} = part();`) },
    {
      weight: 2,
      arbitrary: fc.tuple(texts, tie("expression")).map(([a, e]) => `${a} = ${e} as ReturnType<typeof make>;`),
    },
    { weight: 1, arbitrary: parts.map((p) => `if (${p} !== null) ${p}.x = make();`) },
    { weight: 1, arbitrary: fc.tuple(parts, texts).map(([p, a]) => `var { x: ${a} } = ${p}!;`) },
    { weight: 1, arbitrary: texts.map((a) => `sure(${a});`) },
    {
      weight: 2,
      arbitrary: fc.tuple(tie("condition"), tie("block"), tie("block")).map(([c, t, e]) => `if (${c}) ${t} else ${e}`),
    },
    { weight: 1, arbitrary: fc.tuple(tie("condition"), tie("block")).map(([c, b]) => `while (${c}) ${b}`) },
    { weight: 1, arbitrary: fc.tuple(parts, tie("block")).map(([p, b]) => `for (var k in ${p}!) ${b}`) },
    { weight: 1, arbitrary: fc.tuple(tie("block"), tie("block")).map(([t, c]) => `try ${t} catch ${c}`) },
    { weight: 1, arbitrary: tie("block").map((b) => `(function () ${b})();`) },
    { weight: 1, arbitrary: tie("expression").map((e) => `[1].map(() => ${e});`) },
    { weight: 1, arbitrary: tie("condition").map((c) => `if (${c}) throw 1;`) },
  ),
}));

const head = "var a = make(), b = make(), c = make(), d = make(); var p = part(), q = part();";
const program = fc
  .array(statement, { minLength: 3, maxLength: 14 })
  .map((lines) => [declared, head, ...lines].join("\n"));

describe("a straight flow", () => {
  it("gives each name the type, and each text the errors, that the long one gives", () => {
    fc.assert(
      fc.property(program, (text) => {
        expect(found(text, true).types).toEqual(found(text, false).types);
      }),
      { numRuns: 100 },
    );
  });

  it("is as long for a cell of many statements as their number, not as its square", () => {
    const text = (lines: number): string =>
      `const f = (n: number): number => n;\nconst p = { n: 1 };\n${Array.from({ length: lines }, (_, i) => `const s${i} = f(p.n);`).join("\n")}`;
    const [few, many] = [found(text(20), true).walked, found(text(200), true).walked];
    expect(many).toBeLessThan(12 * few);
    expect(found(text(200), false).walked).toBeGreaterThan(50 * found(text(20), false).walked);
  });
});
