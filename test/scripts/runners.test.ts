import { describe, expect, it } from "vitest";

interface Found {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}
const program = new URL("../../scripts/runners.mjs", import.meta.url).href;
const { ofVitest } = (await import(program)) as { ofVitest(report: object): Found };

const file = (status: string, tests: readonly string[], message = ""): object => ({
  name: "/a.test.ts",
  status,
  message,
  assertionResults: tests.map((one) => ({
    status: one,
    fullName: "a test",
    failureMessages: one === "failed" ? ["no"] : [],
  })),
});
const found = (...testResults: readonly object[]): Found => ofVitest({ testResults });

describe("what npm test makes of a report", () => {
  it("is a failure where a server did not start, so that no test of the file ran", () => {
    const { passed, failed, skipped, failures } = found(file("failed", ["skipped", "skipped"], "initdb: denied"));
    expect({ passed, failed, skipped }).toEqual({ passed: 0, failed: 1, skipped: 2 });
    expect(failures).toEqual(["/a.test.ts\ninitdb: denied"]);
  });

  it("is a failure where what follows the tests fails, and where a file does not load", () => {
    expect(found(file("failed", ["passed"], "it did not end"))).toMatchObject({ passed: 1, failed: 1 });
    expect(found(file("failed", ["skipped", "passed"]))).toMatchObject({ passed: 1, failed: 1, skipped: 1 });
    expect(found(file("failed", [], "no such module"))).toMatchObject({ passed: 0, failed: 1 });
  });

  it("counts each failed test once, and a skipped one as no failure", () => {
    expect(found(file("failed", ["failed", "passed"]), file("passed", ["passed", "skipped"]))).toMatchObject({
      passed: 2,
      failed: 1,
      skipped: 1,
      failures: ["a test\nno"],
    });
  });
});
