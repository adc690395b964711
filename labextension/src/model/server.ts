import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import type { FailureAnswer } from "stemma/bundle";

/** The Stemma server answered that it cannot; the sentence is its own. */
export class RefusedError extends Error {
  readonly code: string;

  constructor(failure: FailureAnswer) {
    super(failure.message);
    this.code = failure.code;
  }
}

/** Nothing answers behind `<base url>stemma/`. */
export class OfflineError extends Error {}

/** What a question carries behind its path; a list stands for one field several times. */
export type Query = Readonly<Record<string, string | readonly string[]>>;

/** One question to the Stemma server behind jupyter-server-proxy. */
export type Ask = <T>(path: string, query: Query) => Promise<T>;

/**
 * Asks the Stemma server of this JupyterLab.
 *
 * @throws {RefusedError} it answered with a failure
 * @throws {OfflineError} it does not run, or the proxy has no entry for it
 */
export function serverAsk(settings: ServerConnection.ISettings): Ask {
  return async <T>(path: string, query: Query): Promise<T> => {
    const url = stemmaUrl(settings, path, query);
    const response = await ServerConnection.makeRequest(url, {}, settings).catch((cause: unknown) => {
      throw new OfflineError("JupyterLab's server does not answer.", { cause });
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok && answer !== null) return answer as T;
    if (isFailure(answer)) throw new RefusedError(answer);
    throw new OfflineError(
      response.status === 404
        ? "JupyterLab's proxy knows no Stemma server: start JupyterLab with the project's npm start, or add the entry."
        : `The Stemma server does not answer (${response.status}).`,
    );
  };
}

/** The address of something that the Stemma server has. */
export function stemmaUrl(settings: ServerConnection.ISettings, path: string, query: Query): string {
  const fields = Object.entries(query).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((one) => [name, one]),
  );
  return `${URLExt.join(settings.baseUrl, "stemma", path)}?${new URLSearchParams(fields)}`;
}

function isFailure(answer: unknown): answer is FailureAnswer {
  return typeof answer === "object" && answer !== null && "code" in answer && "message" in answer;
}
