import type { Project } from "../store/index.ts";
import { type Destination, destination } from "./destination.ts";
import { LocalWriter, type LocalWriterOptions } from "./local-writer.ts";
import { draftRun, type RunStart, resumeRun, startRun } from "./open-run.ts";
import { flatParams } from "./params.ts";
import type { RunWriter } from "./run-writer.ts";
import { openOnServer, resumeOnServer, SentWriter, Shipper } from "./sending/index.ts";
import type { RunKey } from "./series/index.ts";
import { readRun } from "./stores/index.ts";

/** What is opened: a new run, or one that there is. */
export interface Opening {
  readonly start: RunStart;
  /** The id of the run to go on with; null for a new one. */
  readonly resumes: string | null;
  readonly eachCall: boolean;
}

/**
 * Opens a run in the project, and on the server of `track.use()` where there is one. Without a server the run is open when
 * this returns.
 */
export function openWriter(project: Project, opening: Opening): LocalWriter | Promise<RunWriter> {
  const target = destination();
  return target === null ? openLocally(project, opening) : openSent(project, opening, target);
}

function openLocally(project: Project, opening: Opening): LocalWriter {
  const { start, resumes } = opening;
  const key =
    resumes === null
      ? startRun(project, draftRun(project, start))
      : resumeRun(project, resumes, { params: flatParams(start.params), tags: start.tags });
  return new LocalWriter({ ...writing(project, key, opening), tap: null });
}

async function openSent(project: Project, opening: Opening, target: Destination): Promise<RunWriter> {
  const { start, resumes } = opening;
  const { key, isOnServer } =
    resumes === null
      ? await openOnServer(project, start, target)
      : await resumeOnServer(project, { id: resumes, start }, target);
  if (!isOnServer) return new LocalWriter({ ...writing(project, key, opening), tap: null });
  const shipper = new Shipper(target.server, key.id);
  const local = new LocalWriter({ ...writing(project, key, opening), tap: shipper.tap });
  const writer = new SentWriter({ local, shipper, server: target.server, models: target.models });
  // They are in the project already, and the server got no more than the tags of a new run.
  writer.params(flatParams(start.params));
  if (resumes !== null) writer.tags(start.tags);
  return writer;
}

function writing(project: Project, key: RunKey, { resumes, eachCall }: Opening): Omit<LocalWriterOptions, "tap"> {
  return { project, key, eachCall, nextSteps: resumes === null ? new Map() : nextStepsOf(project, resumes) };
}

function nextStepsOf(project: Project, id: string): ReadonlyMap<string, number> {
  const metrics = Object.entries(readRun(project, id)?.metrics ?? {});
  return new Map(metrics.map(([name, { step }]) => [name, step + 1]));
}
