import { createHash } from "node:crypto";
import { StemmaError } from "../../error.ts";
import type { SqlValue } from "../../store/index.ts";

/** A page token that was not made by this query. */
export class PageTokenError extends StemmaError {
  constructor(token: string) {
    super(
      "PAGE_TOKEN",
      `Page token ${JSON.stringify(token.slice(0, 40))} is not of this query. Ask for the first page again, without a token.`,
    );
  }
}

/**
 * Names the last row of a page by what the rows are sorted by, so that runs that come and go meanwhile shift no page.
 *
 * @param query what must be the same on the next page
 */
export function printPageToken(query: unknown, values: readonly SqlValue[]): string {
  return Buffer.from(JSON.stringify([fingerprint(query), ...values.map(coded)])).toString("base64url");
}

/** The values of a token of the same query. @throws {PageTokenError} */
export function parsePageToken(query: unknown, token: string): readonly SqlValue[] {
  const parts = jsonOf(Buffer.from(token, "base64url").toString());
  if (!Array.isArray(parts) || parts[0] !== fingerprint(query)) throw new PageTokenError(token);
  return parts.slice(1).map((part: unknown): SqlValue => {
    if (part === null || typeof part === "string" || typeof part === "number") return part;
    if (isInfinity(part)) return Number(part[0]);
    throw new PageTokenError(token);
  });
}

// JSON has no infinities; a list with its name stands for one.
function coded(value: SqlValue): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? [String(value)] : value;
}

function isInfinity(part: unknown): part is readonly [string] {
  return Array.isArray(part) && (part[0] === "Infinity" || part[0] === "-Infinity");
}

function fingerprint(query: unknown): string {
  return createHash("md5").update(JSON.stringify(query)).digest("hex").slice(0, 12);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not ours: the caller says so with the token.
    return null;
  }
}
