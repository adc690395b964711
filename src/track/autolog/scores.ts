/**
 * How well a classifier's answers fit, by MLflow's names: precision, recall and F1 are weighted by how often each class comes.
 *
 * @param truth n labels @param said as many @see mlflow/sklearn/utils.py, _get_classifier_metrics
 */
export function classifierScores(
  truth: ArrayLike<unknown>,
  said: ArrayLike<unknown>,
): Readonly<Record<string, number>> {
  const counts = confusion(truth, said);
  const total = truth.length;
  const score = { precision: 0, recall: 0, f1: 0 };
  let right = 0;
  for (const { hits, told, actual } of counts.values()) {
    const precision = told === 0 ? 0 : hits / told;
    const recall = actual === 0 ? 0 : hits / actual;
    score.precision += (precision * actual) / total;
    score.recall += (recall * actual) / total;
    score.f1 += precision + recall === 0 ? 0 : (((2 * precision * recall) / (precision + recall)) * actual) / total;
    right += hits;
  }
  const accuracy = right / total;
  return {
    training_accuracy_score: accuracy,
    training_f1_score: score.f1,
    training_precision_score: score.precision,
    training_recall_score: score.recall,
    training_score: accuracy,
  };
}

interface Counts {
  hits: number;
  /** How often it was answered. */
  told: number;
  /** How often it is true. */
  actual: number;
}

function confusion(truth: ArrayLike<unknown>, said: ArrayLike<unknown>): ReadonlyMap<string, Counts> {
  const counts = new Map<string, Counts>();
  const of = (label: unknown): Counts => {
    const known = counts.get(String(label)) ?? { hits: 0, told: 0, actual: 0 };
    counts.set(String(label), known);
    return known;
  };
  for (let i = 0; i < truth.length; i++) {
    of(truth[i]).actual++;
    of(said[i]).told++;
    if (String(truth[i]) === String(said[i])) of(truth[i]).hits++;
  }
  return counts;
}

/** How well a regression's answers fit, by MLflow's names. @param truth n numbers @param said as many */
export function regressionScores(truth: ArrayLike<number>, said: ArrayLike<number>): Readonly<Record<string, number>> {
  const n = truth.length;
  const mean = Array.from(truth).reduce((sum, value) => sum + value, 0) / n;
  let squares = 0;
  let absolutes = 0;
  let spread = 0;
  for (let i = 0; i < n; i++) {
    const value = truth[i] ?? Number.NaN;
    const error = value - (said[i] ?? Number.NaN);
    squares += error ** 2;
    absolutes += Math.abs(error);
    spread += (value - mean) ** 2;
  }
  // As in scikit-learn: what never changes is either hit or missed.
  const r2 = spread === 0 ? (squares === 0 ? 1 : 0) : 1 - squares / spread;
  return {
    training_mean_absolute_error: absolutes / n,
    training_mean_squared_error: squares / n,
    training_r2_score: r2,
    training_root_mean_squared_error: Math.sqrt(squares / n),
    training_score: r2,
  };
}
