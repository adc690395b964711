import type { Node } from "yaml";
import { isCollection, isPair, isScalar } from "./yaml-library.ts";

export function keyText(key: unknown): string | null {
  return isScalar(key) ? String(key.value) : null;
}

export function startOf(node: unknown): number {
  return (node as { readonly range?: readonly number[] } | null)?.range?.[0] ?? 0;
}

export function keyEnd(key: unknown): number {
  return ((key as { readonly range?: readonly number[] } | null)?.range?.[1] ?? 0) + 1;
}

/** Behind the last character of a node, before a comment or the end of its line. */
export function contentEnd(node: Node): number {
  if (isCollection(node) && node.flow !== true) {
    const last: unknown = node.items.at(-1);
    if (isPair(last)) return last.value === null ? keyEnd(last.key) : contentEnd(last.value as Node);
    return contentEnd(last as Node);
  }
  const [start = 0, end = 0] = node.range ?? [];
  const blockText = isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
  return blockText ? Math.max(start, end - 1) : end;
}

export function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** Whether a node's text ends on the line where it begins, as a short text or a flow collection does. */
export function isOneLine(node: Node): boolean {
  return isScalar(node)
    ? node.type !== "BLOCK_LITERAL" && node.type !== "BLOCK_FOLDED"
    : isCollection(node) && node.flow === true;
}
