import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goalOf } from "../../src/track/goal.ts";
import { checkName, generatedName } from "../../src/track/names.ts";
import { jsonText } from "../../src/track/params.ts";
import { adjectives, animals } from "../../src/track/words.ts";

describe("names", () => {
  it("of runs come from 60 words and more, none twice", () => {
    for (const words of [adjectives, animals]) {
      expect(words.length).toBeGreaterThanOrEqual(60);
      expect(new Set(words).size).toBe(words.length);
    }
    expect(generatedName()).toMatch(/^[a-z]+-[a-z]+$/);
  });

  it.each(["β", "日本 größe", "val/rmse", "a.b-c: d_1", "x".repeat(250), "..."])("of metrics may be %s", (name) => {
    expect(() => checkName("metric", name)).not.toThrow();
  });

  it("that are too long say how long they are", () => {
    expect(() => checkName("tag", "x".repeat(251))).toThrow("has 251 characters; 250 is the most");
  });
});

describe("the text of a param", () => {
  it("is JSON that gives the value back, -0 included, indented or not", () =>
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom(0, 2), (value, indent) => {
        expect(JSON.parse(jsonText(value, indent))).toEqual(value);
      }),
    ));

  it("is indented as JSON.stringify does", () =>
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        expect(jsonText(plain, 2)).toBe(JSON.stringify(plain, null, 2));
      }),
    ));
});

describe("the goal of a metric", () => {
  it.each([
    ["rmse", "min"],
    ["val/rmse", "min"],
    ["valLoss", "min"],
    ["test_accuracy", "max"],
    ["f1", "max"],
    ["r0", null],
    ["glossary", null],
    ["loss_score", null],
  ])("%s is better %s", (metric, goal) => expect(goalOf(metric)).toBe(goal));
});
