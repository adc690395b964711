import type ts from "typescript";
import type { CellScope } from "./cell-scope.ts";
import type { Compilation, TypeScript } from "./typescript.ts";

/** The parameter of a cell's script that is its {@link CellScope}. */
export const scopeName = "__stemma_scope";

/**
 * Replaces the `export { … }` of all names, which tslab adds to a cell, by calls of the cell's scope after each
 * declaration.
 *
 * With exports, TypeScript keeps two of each `let`: the script's own, which its functions read, and a property of
 * `exports`, which later cells assign; and each assignment in a loop of the cell writes both. Here the script's own is
 * the only one, and later cells reach it through an accessor.
 */
export function cellBindings(ts: TypeScript, compilation: Compilation): ts.TransformerFactory<ts.SourceFile> {
  return () => (file) => {
    const exported = file.statements.filter((statement) => isListOfNames(ts, statement));
    const names = new Set(exported.flatMap((statement) => specifierNames(ts, statement)));
    compilation.bound = names;
    if (names.size === 0) return file;
    const bindings = new Bindings(ts, names);
    const body = file.statements.flatMap((statement) =>
      exported.includes(statement as ts.ExportDeclaration) ? [] : bindings.after(statement),
    );
    // An empty export keeps the file a module.
    const rest = ts.factory.createExportDeclaration(undefined, false, ts.factory.createNamedExports([]));
    return ts.factory.updateSourceFile(file, [...bindings.head(file), ...body, rest]);
  };
}

function isListOfNames(ts: TypeScript, statement: ts.Statement): statement is ts.ExportDeclaration {
  return ts.isExportDeclaration(statement) && statement.moduleSpecifier === undefined;
}

function specifierNames(ts: TypeScript, { exportClause }: ts.ExportDeclaration): string[] {
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
  return exportClause.elements.map(({ name }) => name.text);
}

class Bindings {
  readonly #ts: TypeScript;
  /** Names whose binding is not written yet. */
  readonly #open: Set<string>;

  constructor(ts: TypeScript, names: ReadonlySet<string>) {
    this.#ts = ts;
    this.#open = new Set(names);
  }

  /** A statement and the bindings that follow it. */
  after(statement: ts.Statement): ts.Statement[] {
    const ts = this.#ts;
    if (ts.isImportDeclaration(statement))
      return [statement, ...importedNames(ts, statement).flatMap((name) => this.#bind("live", name))];
    if (ts.isClassDeclaration(statement) && statement.name !== undefined)
      return [statement, ...this.#bind("constant", statement.name)];
    return ts.isVariableStatement(statement) ? this.#variables(statement) : [statement];
  }

  /** Bindings of what is there before the first statement; called when all others are written. */
  head(file: ts.SourceFile): ts.Statement[] {
    const ts = this.#ts;
    const functions = file.statements.flatMap((statement) =>
      ts.isFunctionDeclaration(statement) && statement.name !== undefined ? [statement.name] : [],
    );
    const bound = functions.flatMap((name) => this.#bind("constant", name));
    const names = [...this.#open].map((name) => ts.factory.createIdentifier(name));
    return [...bound, ...names.flatMap((name) => this.#bind("hoisted", name))];
  }

  // One statement for each variable: in `const a = 1, b = boom()` a is reached.
  #variables(statement: ts.VariableStatement): ts.Statement[] {
    const ts = this.#ts;
    const { declarationList: list } = statement;
    if (statement.modifiers !== undefined || (list.flags & ts.NodeFlags.BlockScoped) === 0) return [statement];
    const method = list.flags & ts.NodeFlags.Const ? "constant" : "variable";
    return list.declarations.flatMap((declaration) => {
      const single = ts.factory.createVariableDeclarationList([declaration], list.flags);
      const alone = ts.factory.createVariableStatement(undefined, single);
      const names = boundNames(ts, declaration.name);
      return [ts.setTextRange(alone, statement), ...names.flatMap((name) => this.#bind(method, name))];
    });
  }

  #bind(method: keyof CellScope, name: ts.Identifier): ts.Statement[] {
    const { factory } = this.#ts;
    if (!this.#open.delete(name.text)) return [];
    const read = this.#reference(name);
    const values =
      method === "constant" ? [read] : [this.#getter(read), ...(method === "live" ? [] : [this.#setter(name)])];
    const callee = factory.createPropertyAccessExpression(factory.createIdentifier(scopeName), method);
    const call = factory.createCallExpression(callee, undefined, [factory.createStringLiteral(name.text), ...values]);
    return [factory.createExpressionStatement(call)];
  }

  #getter(read: ts.Identifier): ts.Expression {
    return this.#ts.factory.createArrowFunction(undefined, undefined, [], undefined, undefined, read);
  }

  #setter(name: ts.Identifier): ts.Expression {
    const { factory } = this.#ts;
    const value = name.text === "value" ? "next" : "value";
    const parameter = factory.createParameterDeclaration(undefined, undefined, value);
    const assigned = factory.createAssignment(this.#reference(name), factory.createIdentifier(value));
    const body = factory.createBlock([factory.createExpressionStatement(assigned)]);
    return factory.createArrowFunction(undefined, undefined, [parameter], undefined, undefined, body);
  }

  // Made from the declaration's own node, by which TypeScript sees what the name stands for after imports are rewritten.
  #reference(name: ts.Identifier): ts.Identifier {
    return this.#ts.setOriginalNode(this.#ts.factory.createIdentifier(name.text), name);
  }
}

function importedNames(ts: TypeScript, { importClause }: ts.ImportDeclaration): ts.Identifier[] {
  if (importClause === undefined) return [];
  const { name, namedBindings } = importClause;
  const own = name === undefined ? [] : [name];
  if (namedBindings === undefined) return own;
  if (ts.isNamespaceImport(namedBindings)) return [...own, namedBindings.name];
  return [...own, ...namedBindings.elements.map((element) => element.name)];
}

function boundNames(ts: TypeScript, name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(ts, element.name) : []));
}
