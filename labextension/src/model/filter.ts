/**
 * What the filter box asks for, in MLflow's grammar: an expression as it is, plain words as a part of the run's name.
 *
 * @returns empty for an empty box
 */
export function filterOf(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "" || /[<>=!]|\b(i?like|in|is)\b/i.test(trimmed)) return trimmed;
  return `attributes.run_name LIKE '%${trimmed.replaceAll("'", "")}%'`;
}
