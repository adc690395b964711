import { openDatabase, type Project } from "../../store/index.ts";
import { type RunKey, readLatest, readSeries, storable } from "../series/index.ts";

interface OutputRow {
  /** Its row. */
  readonly model: number;
  readonly step: number;
}

/**
 * Keeps with the models that a run made what it logged at the step of each, before and since, as MLflow's client does
 * when it logs a model or a metric. Points that were logged for a model or a data set by name stay as they are.
 */
export function linkModelMetrics(project: Project, run: RunKey): void {
  const outputs = openDatabase(project).read<OutputRow>(
    `SELECT m.id AS model, o.step FROM run_model o JOIN logged_model m ON m.uuid = o.model
     WHERE o.run = ? AND o.role = 'output' AND m.lifecycle = 'active'`,
    run.row,
  );
  if (outputs.length === 0) return;
  const found = [...(readLatest(project, [run]).get(run.id)?.keys() ?? [])].flatMap((key) =>
    pointsAt(project, run, { key, outputs }),
  );
  openDatabase(project).write((sql) => {
    for (const { model, key, step, timeMs, value } of found) {
      const { last, bits } = storable(value);
      sql.run(
        `INSERT OR IGNORE INTO logged_model_metric SELECT ?1, ?2, ?3, '', '', ?4, ?5, ?6, ?7 WHERE NOT EXISTS
           (SELECT 1 FROM logged_model_metric WHERE key = ?2 AND run = ?3 AND step = ?4 AND time = ?5
              AND (dataset_name <> '' OR model <> ?1 AND model NOT IN (SELECT value FROM json_each(?8))))`,
        ...[model, key, run.id, step, timeMs, last, bits],
        JSON.stringify(outputs.map((output) => output.model)),
      );
    }
  });
}

interface ModelPoint {
  readonly model: number;
  readonly key: string;
  readonly step: number;
  readonly timeMs: number;
  readonly value: number;
}

function pointsAt(
  project: Project,
  run: RunKey,
  { key, outputs }: { readonly key: string; readonly outputs: readonly OutputRow[] },
): readonly ModelPoint[] {
  const { steps, times, values } = readSeries(project, run, key);
  const models = Map.groupBy(outputs, ({ step }) => step);
  const found: ModelPoint[] = [];
  for (let i = 0; i < steps.length; i++)
    for (const { model, step } of models.get(steps[i] ?? 0) ?? [])
      found.push({ model, key, step, timeMs: times[i] ?? 0, value: values[i] ?? 0 });
  return found;
}
