import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { constants, Script } from "node:vm";
import { StemmaError } from "../../error.ts";

/** What a kept value is made of again is not installed. */
export class MissingValuePackageError extends StemmaError {
  constructor(name: string, cause: unknown) {
    super(
      "MISSING_PACKAGE",
      `A kept value needs the package ${name}, which is not installed here: npm install ${name}.`,
      {
        cause,
      },
    );
  }
}

/** A package as the project's own code would get it. @throws {MissingValuePackageError} */
export async function projectPackage(name: string, folder: string): Promise<Readonly<Record<string, unknown>>> {
  const loaded = await imported(name, folder).catch((cause: unknown) => {
    throw new MissingValuePackageError(name, cause);
  });
  const inner: unknown = loaded["default"];
  return { ...Object(inner), ...loaded };
}

/** A package of the project, at once. @throws {MissingValuePackageError} */
export function requiredPackage(name: string, folder: string): Readonly<Record<string, unknown>> {
  try {
    return createRequire(join(folder, "step.js"))(name);
  } catch (cause) {
    throw new MissingValuePackageError(name, cause);
  }
}

async function imported(name: string, folder: string): Promise<Readonly<Record<string, unknown>>> {
  const from = join(folder, "step.js");
  let path: string;
  try {
    path = createRequire(from).resolve(name);
  } catch {
    // It may be for import only, which require does not find.
    const script = new Script("(name) => import(name)", {
      filename: from,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    return script.runInThisContext()(name);
  }
  return import(pathToFileURL(path).href);
}
