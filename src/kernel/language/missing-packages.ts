import { isBuiltin } from "node:module";

/** Whether a specifier names a package: no path, no builtin, no address. */
export function isPackage(specifier: string): boolean {
  return specifier !== "tslab" && !/^[./]|^[a-z]+:/i.test(specifier) && !isBuiltin(specifier);
}

/** What to do about a package that is not there. */
export function installLine(specifier: string): string {
  const [scope = "", name] = specifier.split("/");
  const packageName = scope.startsWith("@") && name !== undefined ? `${scope}/${name}` : scope;
  return `The package ${packageName} is not installed for this notebook. Run in its folder: npm i ${packageName}`;
}

/** Runs a load; where the named package itself is missing, Node's error says what to do. */
export function withInstallLine<T>(specifier: string, load: () => T): T {
  try {
    const result = load();
    return result instanceof Promise
      ? (result.catch((error: unknown) => Promise.reject(explained(specifier, error))) as T)
      : result;
  } catch (error) {
    throw explained(specifier, error);
  }
}

// Node's own error, with its code: programs ask for that.
function explained(specifier: string, error: unknown): unknown {
  const isMissing =
    error instanceof Error &&
    "code" in error &&
    (error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND") &&
    // Not a package that the package needs.
    error.message.split("\n")[0]?.includes(`'${specifier}'`) === true;
  if (isMissing && isPackage(specifier)) error.message = installLine(specifier);
  return error;
}
