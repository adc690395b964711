/**
 * A name that MLflow takes, from one that it may not: "loss (train)" is "loss _train_". TensorBoard lets tags be any text.
 */
export function plainName(text: string): string {
  const allowed = text.replace(/[^/\p{L}\p{N}_.\- :]/gu, "_");
  const parts = allowed.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  return [...parts.join("/")].slice(0, 250).join("") || "_";
}
