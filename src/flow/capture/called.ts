import { cellVariables } from "./look-up.ts";
import { functionSyntax } from "./references.ts";
import { functionScopes, type Scope } from "./scopes.ts";
import { scriptVariable } from "./script-variables.ts";

type AnyFunction = (...inputs: never[]) => unknown;

/** The function that a name from outside stands for in another function; null where it is none, or nobody can see it. */
export function calledFunction(by: AnyFunction, name: string): AnyFunction | null {
  const near = functionScopes(by).scopes.find((variables) => Object.hasOwn(variables, name));
  const scope: Scope | null = near ?? cellVariables(name) ?? scriptVariable(name);
  const value = scope?.[name];
  const isOwn = typeof value === "function" && functionSyntax(Function.prototype.toString.call(value)) !== null;
  return isOwn ? (value as AnyFunction) : null;
}
