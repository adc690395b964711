import type { RunReader, RunRecord } from "../track/index.ts";

/** The runs nested in a run, the first first. */
export function childrenOf(reader: RunReader, experimentId: string, parent: string): readonly RunRecord[] {
  return runsOf(reader, experimentId, `tags.\`mlflow.parentRunId\` = '${parent}'`);
}

/** The runs that a loop of the same script may have made beside this one. */
export function alikeOf(reader: RunReader, run: RunRecord): readonly RunRecord[] {
  const commit = run.tags["mlflow.source.git.commit"];
  const runs =
    commit === undefined ? [] : runsOf(reader, run.experimentId, `tags.\`mlflow.source.git.commit\` = '${commit}'`);
  const same = (other: RunRecord, name: string): boolean => other.tags[name] === run.tags[name];
  const names = ["mlflow.source.name", "stemma.command", "stemma.reproduction"];
  return runs.filter((other) => other.parentId === null && names.every((name) => same(other, name)));
}

const mostRuns = 10_000;

/** Runs of an experiment that match a filter, the first first. */
export function runsOf(reader: RunReader, experimentId: string, filter: string): readonly RunRecord[] {
  const orderBy = ["attributes.start_time ASC"];
  return reader.searchRuns({ experimentIds: [experimentId], filter, orderBy, limit: mostRuns }).runs;
}
