import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DvcOut, type LockEntry, patchDvcFile } from "../format/index.ts";
import { writeDurable } from "../store/index.ts";
import { isComplete, keepContent } from "../version/index.ts";
import { PipelineError } from "./pipeline-error.ts";
import { placeOf } from "./session.ts";
import type { DataStage, StageOutput } from "./stage.ts";
import { checkOutputs, type RunContext } from "./stage-run.ts";
import { currentContent, type PathState } from "./stage-state.ts";

/** How data differs from what its `.dvc` file records; null when it does not. */
export async function dataState(
  context: Pick<RunContext, "session" | "signal">,
  stage: DataStage,
  i: number,
): Promise<PathState | null> {
  const [out, record] = [stage.outs[i], stage.record.outs[i]];
  if (out === undefined || record === undefined || record.cloud) return null;
  const { session, signal } = context;
  if (record.md5 !== null && out.cache && !isComplete(session.repository, record.md5, record.hash))
    return "not in cache";
  const content = await currentContent(session, out, { hash: record.hash, signal });
  if (content === null) return "deleted";
  return content.md5 === record.md5 ? null : "modified";
}

/** Why data has to be recorded anew; null when it has not. */
export async function whyDataChanged(
  context: RunContext,
  stage: DataStage,
  allowMissing: boolean,
): Promise<string | null> {
  for (const [i, out] of stage.outs.entries()) {
    const state = await dataState(context, stage, i);
    if (state === null || (allowMissing && (state === "deleted" || state === "not in cache"))) continue;
    return `${out.given} is ${state}`;
  }
  return null;
}

/** Records data as it lies in the folder now. @throws {PipelineError} it is not there, or comes from elsewhere */
export async function saveData(context: RunContext, stage: DataStage, commit: boolean): Promise<void> {
  const { record, file } = stage;
  if (record.imported && !record.frozen) {
    throw new PipelineError(`'${file}' is an import that is not frozen; get its data anew with: stemma update ${file}`);
  }
  checkOutputs(stage);
  const path = join(context.session.project.root, file);
  let text = readFileSync(path, "utf8");
  for (const [i, out] of stage.outs.entries()) {
    const known = record.outs[i];
    if (known === undefined || known.cloud) continue;
    const entry = await savedEntry(context, { out, known, commit });
    context.ignores.add(out);
    text = patchDvcFile(text, i, { ...entry, path: known.path });
  }
  if (text !== readFileSync(path, "utf8")) writeDurable(path, text);
}

async function savedEntry(
  context: RunContext,
  { out, known, commit }: { readonly out: StageOutput; readonly known: DvcOut; readonly commit: boolean },
): Promise<{ readonly md5: string; readonly size: number; readonly nfiles: number | null; readonly isexec: boolean }> {
  const { session, signal } = context;
  const hash: LockEntry["hash"] = "md5";
  if (commit && known.cache) {
    return keepContent(placeOf(session, out), signal === undefined ? { link: true } : { link: true, signal });
  }
  const content = await currentContent(session, out, { hash, signal });
  if (content === null) throw new PipelineError(`output '${out.given}' does not exist`);
  return content;
}
