import type { Content } from "./message.ts";

/** One executed cell, as `history_reply` tells it. */
export interface HistoryEntry {
  readonly count: number;
  readonly source: string;
}

const session = 1;

/** The cells of this session that a `history_request` asks for: `[session, count, source]`, or with an output of null. */
export function historyReply(entries: readonly HistoryEntry[], request: Content): Content {
  const found = select(entries, request);
  const rows = found.map(({ count, source }) => [session, count, request["output"] === true ? [source, null] : source]);
  return { status: "ok", history: rows };
}

function select(entries: readonly HistoryEntry[], request: Content): readonly HistoryEntry[] {
  const { hist_access_type: kind, n, start, stop, pattern, unique } = request;
  if (kind === "range") {
    if (request["session"] !== 0 && request["session"] !== session) return [];
    return entries.filter(
      ({ count }) => count >= numberOr(start, 1) && count < numberOr(stop, Number.POSITIVE_INFINITY),
    );
  }
  const matching = kind === "search" ? entries.filter(matcher(String(pattern ?? "*"))) : entries;
  const kept = kind === "search" && unique === true ? lastOfEach(matching) : matching;
  if (typeof n !== "number") return kept;
  return n > 0 ? kept.slice(-n) : [];
}

function numberOr(value: unknown, other: number): number {
  return typeof value === "number" ? value : other;
}

// Glob: * any text, ? any character.
function matcher(pattern: string): (entry: HistoryEntry) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, "[\\s\\S]*")
    .replace(/\?/g, "[\\s\\S]");
  const expression = new RegExp(`^${source}$`);
  return ({ source: text }) => expression.test(text);
}

function lastOfEach(entries: readonly HistoryEntry[]): HistoryEntry[] {
  const last = new Map(entries.map((entry) => [entry.source, entry] as const));
  return entries.filter((entry) => last.get(entry.source) === entry);
}
