import { isNode, walk as walkTree } from "../syntax/index.ts";
import type { FunctionSyntax } from "./references.ts";
import type { Walk } from "./walk.ts";

const asked: ReadonlyMap<string, readonly string[]> = new Map([
  ["Math", ["random"]],
  ["Date", ["now"]],
  ["crypto", ["randomUUID", "getRandomValues", "randomBytes", "randomInt"]],
  ["performance", ["now"]],
  ["process", ["hrtime"]],
]);
const imported: ReadonlySet<string> = new Set(["randomUUID", "randomBytes", "randomInt", "getRandomValues"]);

/** Notes what a function asks of chance or of the clock: the same code with the same inputs may give something else. */
export function noteChance(syntax: FunctionSyntax, { chance }: Walk): void {
  for (const { name, members } of syntax.free) {
    const names = [name, ...members.map((member) => member.name)];
    const at = names.findIndex((one, i) => asked.get(one)?.includes(names[i + 1] ?? "") === true);
    if (at !== -1) chance.add(`${names[at]}.${names[at + 1]}()`);
    else if (imported.has(names.at(-1) ?? "")) chance.add(`${names.at(-1)}()`);
  }
  for (const node of walkTree(syntax.node)) {
    const made = node.type === "NewExpression" && isNode(node["callee"]) ? node["callee"]["name"] : null;
    if (made === "Date" && (node["arguments"] as readonly unknown[]).length === 0) chance.add("new Date()");
  }
}
