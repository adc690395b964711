import type ts from "typescript";
import { cellModule, earlierDeclarations, type TypeScript } from "./typescript.ts";

const prefix = "__stemma_";

/** Whether a name is one of those that {@link exposeNames} adds; completion hides them. */
export function isExposedName(name: string): boolean {
  return name.startsWith(prefix);
}

/**
 * The text of a module with a type-only export, under another name, of each type that it keeps to itself.
 *
 * A cell declares what a later cell uses, so `const model = load()` fails with TS4023 where load's type is not exported.
 * With the added line, at the end so that positions stay, it can be named. Nothing is emitted for it.
 */
export function exposeNames(ts: TypeScript, path: string, text: string): string {
  if (!isOrdinaryModule(path) || !/^\s*export\b/m.test(text)) return text;
  if (!/^\s*(declare |abstract )*(class|interface|type|enum|const) /m.test(text)) return text;
  if (/^\s*export\s*=/m.test(text)) return text;
  const names = new Set(path.endsWith(".d.ts") ? declaredTypes(text) : hiddenTypes(ts, path, text));
  if (names.size === 0) return text;
  return `${text}\nexport type { ${[...names].map((name) => `${name} as ${prefix}${name}`).join(", ")} };\n`;
}

function isOrdinaryModule(path: string): boolean {
  if (!/\.[cm]?ts$/.test(path)) return false;
  if (path.includes(cellModule) || path.endsWith(earlierDeclarations)) return false;
  return !/[\\/]lib\.[^\\/]*$|[\\/]@types[\\/]node[\\/]/.test(path);
}

/**
 * The types at the top of a declaration file, by its lines: a parse would double the time of an import. A name too many
 * does no harm there, as errors in declaration files are not looked for.
 */
function declaredTypes(text: string): string[] {
  const types = text.matchAll(/^(?:declare )?(?:abstract )?(?:class|interface|type|enum|const enum) ([\w$]+)/gm);
  const symbols = text.matchAll(/^(?:declare )?const ([\w$]+): unique symbol/gm);
  return [...types, ...symbols].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

function hiddenTypes(ts: TypeScript, path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  return file.statements.flatMap((statement) => {
    const modifiers = ts.canHaveModifiers(statement) ? statement.modifiers : undefined;
    if (modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) === true) return [];
    return isNamedType(ts, statement) && statement.name !== undefined ? [statement.name.text] : [];
  });
}

function isNamedType(
  ts: TypeScript,
  statement: ts.Statement,
): statement is ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.ClassDeclaration | ts.EnumDeclaration {
  return (
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isEnumDeclaration(statement)
  );
}
