import { currentProject } from "./context.ts";
import { destination } from "./destination.ts";
import { draftRun, startRun } from "./open-run.ts";
import type { TrackOptions } from "./options.ts";
import { flatParams } from "./params.ts";
import { openOnServer } from "./sending/index.ts";
import { startOf } from "./track-run.ts";

/** How long a run lives that nobody is heard of: the stages of a pipeline may take long, and each renews it. */
const detachedMs = 7 * 24 * 3_600_000;

/**
 * Opens a run that no process keeps: it is gone on with by its id, here or elsewhere, and ended by that too.
 *
 * @returns its id @throws what `track()` throws
 */
export function startDetached(options: TrackOptions): Promise<string> {
  return openDetached(options, "RUNNING");
}

/** The same, of a run that runs already or one that starts later. */
export async function openDetached(options: TrackOptions, status: "RUNNING" | "SCHEDULED"): Promise<string> {
  const project = currentProject();
  const start = { ...startOf(options), status };
  const target = destination();
  if (target === null) return startRun(project, draftRun(project, start), { detachedMs }).id;
  const { key, isOnServer } = await openOnServer(project, start, { ...target, detachedMs });
  if (isOnServer) {
    const texts = [...flatParams(start.params)].map(([name, { text }]) => [name, text] as const);
    await target.server.logParams(key.id, Object.fromEntries(texts));
  }
  return key.id;
}
