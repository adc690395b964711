import { MlflowError, type Wire } from "../../format/index.ts";
import { type Server, ServerAnswerError } from "../stores/index.ts";

/** A request of the registry, below `/api/2.0/mlflow/`. */
export interface Question<T> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  /** The query of a GET, a name as often as it is in; else the body. */
  readonly fields: Wire;
  /** Whether it may arrive twice. */
  readonly repeatable?: boolean;
  readonly parse: (answer: unknown) => T;
}

/** Asks, and reads the answer. */
export function ask<T>(server: Server, { method, path, fields, repeatable = true, parse }: Question<T>): Promise<T> {
  const target = `/api/2.0/mlflow/${path}`;
  const isGet = method === "GET";
  const read = async (response: Response): Promise<T> => readAnswer(server.url + target, await response.text(), parse);
  const request = {
    method,
    path: isGet ? `${target}?${queryOf(fields)}` : target,
    repeatable,
    timeoutMs: 120_000,
    read,
  };
  if (isGet) return server.send(request);
  return server.send({
    ...request,
    headers: { "content-type": "application/json" },
    body: () => JSON.stringify(fields),
  });
}

function queryOf(fields: Wire): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const item of Array.isArray(value) ? value : [value]) if (item !== undefined) query.append(name, String(item));
  return query;
}

function readAnswer<T>(url: string, text: string, parse: (answer: unknown) => T): T {
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    if (!(cause instanceof MlflowError || cause instanceof SyntaxError)) throw cause;
    throw new ServerAnswerError(url, `answered ${JSON.stringify(text.slice(0, 80))}`, { cause });
  }
}
