import { invalidValue } from "../format/index.ts";

/** One page of a list by offset, as MLflow pages: the token is base64 of `{"offset": n}`. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Null at the end. */
  readonly nextToken: string | null;
}

/**
 * @param limit items in the page; null for all that are left
 * @throws {MlflowError} the token is none of ours
 */
export function pageOf<T>(items: readonly T[], limit: number | null, token: string | null): Page<T> {
  const offset = token === null ? 0 : readOffset(token);
  const end = limit === null ? items.length : offset + limit;
  const nextToken = end < items.length ? Buffer.from(JSON.stringify({ offset: end })).toString("base64") : null;
  return { items: items.slice(offset, end), nextToken };
}

function readOffset(token: string): number {
  const text = Buffer.from(token, "base64").toString("utf8");
  const offset = /^\{"offset":\s*(\d{1,15})\}$/.exec(text)?.[1];
  if (offset === undefined) throw invalidValue("page_token", token, "want a token that this server gave.");
  return Number(offset);
}
