import { errorFacts, StemmaError } from "../../error.ts";
import { isOfServer } from "../stores/index.ts";
import type { Push } from "./push.ts";

/** Sends one thing; what the server does not take is noted, and the rest goes on. @returns how many arrived */
export async function send(
  { problems }: Pick<Push, "problems">,
  what: string,
  work: () => Promise<unknown>,
): Promise<0 | 1> {
  try {
    await work();
    return 1;
  } catch (error) {
    if (isOfServer(error) || !(error instanceof StemmaError)) throw error;
    problems.push(`${what}: ${errorFacts(error).message}`);
    return 0;
  }
}

/** Sends texts together or, where one of them is refused, each by itself. @returns how many arrived */
export async function sendTexts(
  push: Pick<Push, "problems">,
  texts: Readonly<Record<string, string>>,
  log: (texts: Readonly<Record<string, string>>) => Promise<void>,
): Promise<number> {
  const names = Object.keys(texts);
  if (names.length === 0) return 0;
  if ((await send({ problems: [] }, "", () => log(texts))) === 1) return names.length;
  let sent = 0;
  for (const name of names) sent += await send(push, name, () => log({ [name]: texts[name] ?? "" }));
  return sent;
}
