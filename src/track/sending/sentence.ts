import { errorFacts } from "../../error.ts";
import type { Unsent } from "./shipper.ts";

/** What did not reach a server, why, and how to send it. */
export function unsentSentence(
  run: { readonly name: string },
  { url, unsent }: { readonly url: string; readonly unsent: readonly Unsent[] },
): string {
  const named = unsent.slice(0, 3).map(({ what }) => what);
  const more = unsent.length > named.length ? ` and ${unsent.length - named.length} more` : "";
  const reasons = new Set(unsent.flatMap(({ error }) => (error === null ? [] : [errorFacts(error).message])));
  const why = [...reasons].slice(0, 2).join(" ");
  return `Run ${run.name} is whole in the project, but not on ${url}: ${named.join(", ")}${more} did not arrive. ${why} \`stemma runs push ${url}\` sends what is missing.`;
}

/** A server that did not answer when a run was opened. */
export function offlineSentence(url: string, error: unknown): string {
  return `Runs are kept in the project only for now. ${errorFacts(error).message} \`stemma runs push ${url}\` sends them later.`;
}
