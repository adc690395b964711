import { currentProject } from "./context.ts";
import { destination } from "./destination.ts";
import { draftRun, startRun } from "./open-run.ts";
import type { TrackOptions } from "./options.ts";
import { createOnServer } from "./sending/index.ts";
import { unsentTag } from "./server-tags.ts";
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
  const draft = draftRun(project, { ...startOf(options), status });
  const target = destination();
  if (target === null) return startRun(project, draft, { detachedMs }).id;
  // On the server only: nobody here would hear of its end.
  const id = await createOnServer(project, draft, target);
  if (id === null) return startRun(project, draft, { detachedMs, tags: { [unsentTag]: target.server.url } }).id;
  const texts = [...draft.params].map(([name, { text }]) => [name, text] as const);
  await target.server.logParams(id, Object.fromEntries(texts));
  return id;
}
