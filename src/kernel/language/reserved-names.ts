import type ts from "typescript";
import type { CellDiagnostic } from "./tslab.ts";
import type { TypeScript } from "./typescript.ts";

/** Names that the script of each cell has already; tslab writes `exports.x` for a variable of an earlier cell. */
const reserved = ["exports", "__tslab__"];

/** An error for each declaration of a name that only the kernel may declare. */
export function reservedNames(ts: TypeScript, source: string): CellDiagnostic[] {
  if (!reserved.some((name) => source.includes(name))) return [];
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, false);
  return file.statements.flatMap((statement) =>
    declaredNames(ts, statement)
      .filter(({ text }) => reserved.includes(text))
      .map((name) => ({
        start: file.getLineAndCharacterOfPosition(name.getStart(file)),
        code: 2441,
        messageText: `A cell cannot declare '${name.text}': the kernel keeps the cells' variables there. Take another name.`,
      })),
  );
}

function declaredNames(ts: TypeScript, statement: ts.Statement): ts.Identifier[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name] : []));
  const { name } = statement as Partial<ts.DeclarationStatement>;
  return name !== undefined && ts.isIdentifier(name) ? [name] : [];
}
