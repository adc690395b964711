import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { findProject, openDatabase } from "../../../../store/index.ts";
import { sha256 } from "../../../encoding/index.ts";
import { isOwnerAlive } from "../../../keep/index.ts";
import { openResults } from "../../../keys/index.ts";
import { readyTask } from "../late-inputs.ts";
import { outcomePath, type TaskSpec } from "../task-spec.ts";
import { ownJobs } from "./commands.ts";
import type { Submitted } from "./submit.ts";

/** What makes a task the same: its key, or where that is not known yet all that it will be made of. */
export function identityOf({ context, code, inputs, late, env }: TaskSpec): string {
  const { step, indices, key } = context;
  return late === null ? key : sha256(JSON.stringify([step, indices, code, inputs, late.inputs, env]));
}

interface Batch {
  readonly owner: string;
  readonly jobs: readonly Submitted[];
}

/** By stemma folder: jobs that were left, by what they do. Looked for once: what this process submits is its own. */
const found = new Map<string, Promise<Map<string, Submitted>>>();

/** Jobs of processes that are gone, which still wait or run, by {@link identityOf}; those of the tasks are taken by this. */
export async function findOrphans(specs: readonly TaskSpec[]): Promise<ReadonlyMap<string, Submitted>> {
  const { folder = "" } = specs[0] ?? {};
  const { stemmaFolder } = findProject(folder);
  const known = found.get(stemmaFolder) ?? orphans(folder);
  found.set(stemmaFolder, known);
  const all = await known;
  const own = new Map<string, Submitted>();
  for (const spec of specs) {
    const id = identityOf(spec);
    const job = spec.fresh ? undefined : all.get(id);
    if (job === undefined) continue;
    all.delete(id);
    // It has ended meanwhile, and did not leave what it should: it is done anew.
    if (statSync(outcomePath(job.specPath), { throwIfNoEntry: false }) === undefined) own.set(id, job);
  }
  return own;
}

async function orphans(folder: string): Promise<Map<string, Submitted>> {
  const project = findProject(folder);
  const root = join(project.stemmaFolder, "slurm");
  const batches = statSync(root, { throwIfNoEntry: false }) === undefined ? [] : batchPaths(root);
  const jobs = new Map<string, Submitted>();
  if (batches.length === 0) return jobs;
  const live = await ownJobs();
  if (live.size === 0) return jobs;
  const database = openDatabase(project);
  for (const path of batches) {
    const { owner, jobs: submitted } = JSON.parse(readFileSync(path, "utf8")) as Batch;
    const left = submitted.filter(({ id }) => live.has(id));
    if (left.length === 0 || isOwnerAlive(database, owner)) continue;
    for (const job of left)
      jobs.set(await identityNow(JSON.parse(readFileSync(job.specPath, "utf8")) as TaskSpec), job);
  }
  return jobs;
}

// What it waited for may be made by now: then its key is known, and who asks for it knows it by that.
async function identityNow(spec: TaskSpec): Promise<string> {
  if (spec.late === null) return identityOf(spec);
  const project = findProject(spec.folder);
  try {
    const ready = await readyTask(spec, { project, results: openResults(project), patienceMs: 0 });
    return ready.spec.context.key;
  } catch {
    // It still waits.
    return identityOf(spec);
  }
}

function batchPaths(root: string): readonly string[] {
  const runs = readdirSync(root).map((run) => join(root, run));
  const batches = runs.flatMap((run) => readdirSync(run).map((name) => join(run, name, "batch.json")));
  return batches.filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
}
