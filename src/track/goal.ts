const lower =
  /(^|[^a-z])(loss|error|err|rmse|mse|mae|mape|rmsle|nll|perplexity|cost|regret|divergence|distance|bic|aic|deviance|latency|duration)([^a-z]|$)/;
const higher =
  /(^|[^a-z])(acc|accuracy|f1|auc|auroc|precision|recall|r2|r_squared|score|reward|bleu|rouge|iou|dice|map|ndcg|likelihood|throughput)([^a-z]|$)/;

/** Which way a metric is better, as far as its name tells: "val_loss" low, "accuracy" high; null where it does not. */
export function goalOf(metric: string): "min" | "max" | null {
  const name = metric.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  const isLower = lower.test(name);
  return isLower === higher.test(name) ? null : isLower ? "min" : "max";
}
