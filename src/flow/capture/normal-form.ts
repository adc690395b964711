import { isNode, type Node } from "../syntax/index.ts";

const positions: ReadonlySet<string> = new Set([
  "start",
  "end",
  "loc",
  "range",
  "extra",
  "raw",
  "parent",
  "shorthand",
  "comments",
  "leadingComments",
  "innerComments",
  "trailingComments",
]);

/**
 * A function's tree as text without what does not change its meaning: comments, layout, quotes, brackets, semicolons.
 *
 * @param names what stands for a node from outside, by node: the same name in whichever cell it was declared
 */
export function normalForm(node: Node, names: ReadonlyMap<Node, string>): string {
  return JSON.stringify(normal(node, names));
}

function normal(value: unknown, names: ReadonlyMap<Node, string>): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isEmpty(item)).map((item) => normal(item, names));
  if (typeof value === "bigint") return `${value}n`;
  if (!isNode(value)) return value instanceof RegExp ? null : plain(value, names);
  const name = names.get(value);
  if (name !== undefined) return ["outside", name];
  // A tagged template sees the difference between a line break and "\\n".
  if (value.type === "TemplateElement") return ["text", Reflect.get(value["value"] as object, "raw")];
  const bare = withoutZero(value);
  if (bare !== null) return normal(bare, names);
  return plain(value, names);
}

function plain(value: unknown, names: ReadonlyMap<Node, string>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([key, part]) => !positions.has(key) && part !== undefined);
  return fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, normal(part, names)]);
}

function isEmpty(value: unknown): boolean {
  return isNode(value) && value.type === "EmptyStatement";
}

// Compilers write (0, module.scale)(x) for scale(x), so that `this` is not the module.
function withoutZero(node: Node): Node | null {
  if (node.type !== "SequenceExpression") return null;
  const [zero, called, ...more] = node["expressions"] as readonly Node[];
  const plainZero = zero?.type === "Literal" && zero["value"] === 0;
  return plainZero && called !== undefined && more.length === 0 ? called : null;
}
