/** Which way of a metric is better. */
export type Goal = "min" | "max" | null;

const smaller = new Set(
  "loss logloss error err rmse mse mae mape rmsle nll perplexity ppl cost deviance aic bic brier regret wer cer crossentropy latency duration residual divergence kl".split(
    " ",
  ),
);
const greater = new Set(
  "acc accuracy auc auroc auprc f1 r2 rsquared precision recall bleu rouge iou dice ndcg mrr reward likelihood loglik elbo throughput sensitivity specificity".split(
    " ",
  ),
);

/**
 * The goal that a metric's name tells: its last telling word decides (`val_loss` min, `f1_score` max).
 *
 * @returns null when no word of the name is known; no value is then marked as best
 */
export function metricGoal(name: string): Goal {
  const words = wordsOf(name);
  const pairs = words.slice(1).map((word, index) => `${words[index] ?? ""}${word}`);
  for (const word of [...words, ...pairs].reverse()) {
    if (smaller.has(word)) return "min";
    if (greater.has(word)) return "max";
  }
  return null;
}

function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}
