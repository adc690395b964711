import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assignColours,
  formatAge,
  formatBytes,
  formatColumn,
  formatDelta,
  formatDuration,
} from "../../src/display/bundle.ts";
import { thinCurve } from "../../src/display/thin.ts";

describe("a column of numbers", () => {
  it("has four significant digits at its greatest value", () =>
    expect(formatColumn([18.4213, 22.0699, 35.118])).toEqual(["18.42", "22.07", "35.12"]));
  it("has more where values would look equal", () =>
    expect(formatColumn([0.91342, 0.91344])).toEqual(["0.91342", "0.91344"]));
  it("has no zeros that all values end in", () => expect(formatColumn([0.5, 0.25])).toEqual(["0.50", "0.25"]));
  it("groups great whole numbers", () => expect(formatColumn([1_234_567, 3])).toEqual(["1,234,567", "3"]));
  it("writes tiny and huge values with a power", () => {
    expect(formatColumn([1.234e-9])).toEqual(["1.23e−9"]);
    expect(formatColumn([1.5e12, 0])).toEqual(["1.50e+12", "0"]);
  });
  it("shows what is missing or no number", () =>
    expect(formatColumn([null, "NaN", "-Infinity", -0.0000001, 3.5])).toEqual(["–", "NaN", "−∞", "0.0", "3.5"]));
  it("gives one text for each value, whatever they are", () =>
    fc.assert(fc.property(fc.array(fc.double()), (values) => formatColumn(values).length === values.length)));
});

it("a difference has the digits of its column", () => {
  expect(formatDelta(-16.7, "18.42")).toBe("−16.70");
  expect(formatDelta(0.001, "18.42")).toBe("0");
});

it("times have their unit", () =>
  expect([12.4, 410, 3_170, 59_960, 245_000, 7_380_000].map(formatDuration)).toEqual([
    "12 ms",
    "0.41 s",
    "3.2 s",
    "1 min 00 s",
    "4 min 05 s",
    "2 h 03 min",
  ]));

it("sizes have their unit", () =>
  expect([0, 999, 12_345, 1_200_000_000].map(formatBytes)).toEqual(["0 B", "999 B", "12.3 kB", "1.20 GB"]));

it("ages are words", () =>
  expect([0, 240_000, 90_000_000].map((age) => formatAge(1_000, 1_000 + age))).toEqual([
    "just now",
    "4 min ago",
    "yesterday",
  ]));

it("a thinned curve is a part of the curve with its first and last point", () =>
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
      fc.integer({ min: 3, max: 50 }),
      (values, limit) => {
        const points = values.map((value, step) => [step, value] as const);
        const kept = thinCurve(points, limit);
        expect(kept.length).toBe(Math.min(limit, points.length));
        expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
        expect(kept.every((point) => points.includes(point))).toBe(true);
      },
    ),
  ));

it("every run has one of the six colours, the same whichever others are known", () =>
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 40 }), (ids) => {
      const colours = assignColours(ids);
      expect(ids.every((id) => [0, 1, 2, 3, 4, 5].includes(colours.get(id) ?? -1))).toBe(true);
      expect(assignColours([...ids, "one more"], colours).size).toBeGreaterThanOrEqual(colours.size);
      expect(ids.map((id) => assignColours(["one more", ...ids], colours).get(id))).toEqual(
        ids.map((id) => colours.get(id)),
      );
    }),
  ));

it("a curve leaves out what JSON cannot hold", () =>
  expect(
    thinCurve(
      [
        [0, 1],
        [1, Number.NaN],
        [2, Number.POSITIVE_INFINITY],
        [3, 2],
      ],
      10,
    ),
  ).toEqual([
    [0, 1],
    [3, 2],
  ]));
