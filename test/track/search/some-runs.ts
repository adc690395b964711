import fc from "fast-check";
import type { RunStore } from "../../../src/track/index.ts";
import type { Clause, Condition } from "../../../src/track/search/condition.ts";

/** Runs whose values are near each other and at the edges, and filters that tell them apart. */
const texts = fc.constantFrom("a", "A", "ab", "a%", "_", "", "ä", "[a]", "x'y", "training");
const keys = fc.constantFrom("a", "b", "c");
const clauses = fc.oneof(
  fc.record({ entity: fc.constant("metric"), key: keys, operator: numeric(), value: fc.constantFrom(-1, 0, 0.5, 2) }),
  fc.record({
    entity: fc.constantFrom("param", "tag"),
    key: keys,
    operator: fc.constantFrom("=", "!=", "LIKE", "ILIKE"),
    value: texts,
  }),
  fc.record({
    entity: fc.constantFrom("param", "tag"),
    key: keys,
    operator: fc.constantFrom("IS NULL", "IS NOT NULL"),
    value: fc.constant(null),
  }),
  fc.record({
    entity: fc.constant("attribute"),
    key: fc.constantFrom("run_name", "status", "user_id"),
    operator: fc.constantFrom("IN", "NOT IN"),
    value: fc.array(fc.oneof(texts, fc.constant("FINISHED")), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    entity: fc.constant("attribute"),
    key: fc.constantFrom("start_time", "end_time"),
    operator: numeric(),
    value: fc.constantFrom(1000, 1001, 1002),
  }),
  fc.record({
    entity: fc.constant("dataset"),
    key: fc.constantFrom("name", "digest", "context"),
    operator: fc.constantFrom("=", "!=", "LIKE"),
    value: texts,
  }),
) as fc.Arbitrary<Clause>;

function numeric(): fc.Arbitrary<string> {
  return fc.constantFrom("=", "!=", "<", "<=", ">", ">=");
}

export const conditions: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({ kind: fc.constant("clause" as const), clause: clauses }),
    fc.record({ kind: fc.constant("not" as const), part: tie("condition") }),
    fc.record({
      kind: fc.constantFrom("all" as const, "any" as const),
      parts: fc.array(tie("condition"), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).condition;

/** One of eight runs. */
export async function makeRun(store: RunStore, experimentId: string, i: number): Promise<string> {
  const text = ["a", "A", "ab", "a%b", "x_", "", "Ä", "[a]"][i] ?? "";
  const run = await store.createRun({
    experimentId,
    name: text === "" ? "n" : text,
    user: i % 2 === 0 ? "a" : "ab",
    startMs: 1000 + i,
    parentId: null,
    tags: i % 3 === 0 ? { a: text } : {},
  });
  await store.logParams(run.id, i % 2 === 0 ? { a: text, b: "A" } : { c: text });
  const value = [0, Number.NaN, 2, 0.5, -1, Infinity, -0, 3][i] ?? 0;
  if (i !== 4) await store.logMetrics(run.id, [{ key: i < 4 ? "a" : "b", value, step: 0, timeMs: 0 }]);
  if (i % 4 === 0) {
    const input = { name: text || "a", digest: "ab", sourceType: "dvc", source: "{}", schema: null, profile: null };
    await store.logInputs(run.id, [{ ...input, tags: i === 0 ? { "mlflow.data.context": "training" } : {} }]);
  }
  if (i > 4) await store.updateRun(run.id, { status: "FINISHED", endMs: 1000 + i });
  return run.id;
}
