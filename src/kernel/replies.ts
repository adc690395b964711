import type { Executor } from "./language/index.ts";
import type { Content, Request } from "./protocol/index.ts";
import { codePointOffset, unitOffset } from "./text-offsets.ts";

type Answer = (request: Request) => Content;

/** The requests about TypeScript, which are answered at once, also while a cell awaits. */
export function answers(executor: Executor): Readonly<Record<string, Answer>> {
  return {
    is_complete_request: ({ content }) => ({ ...executor.completeness(String(content["code"] ?? "")) }),
    complete_request: ({ content }) => complete(executor, content),
    inspect_request: ({ content }) => inspect(executor, content),
  };
}

function complete(executor: Executor, content: Content): Content {
  const { code, position } = cursor(content);
  const { start, end, matches } = executor.complete(code, position);
  return {
    status: "ok",
    matches,
    cursor_start: codePointOffset(code, start),
    cursor_end: codePointOffset(code, end),
    metadata: {},
  };
}

function inspect(executor: Executor, content: Content): Content {
  const { code, position } = cursor(content);
  const text = executor.inspect(code, position);
  if (text === null) return { status: "ok", found: false, data: {}, metadata: {} };
  return { status: "ok", found: true, data: { "text/plain": text }, metadata: {} };
}

function cursor(content: Content): { readonly code: string; readonly position: number } {
  const code = String(content["code"] ?? "");
  const points = typeof content["cursor_pos"] === "number" ? content["cursor_pos"] : code.length;
  return { code, position: unitOffset(code, points) };
}
