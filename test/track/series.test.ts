import { appendFileSync, mkdtempSync, readFileSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeChunk, encodeChunk, encodeChunks, isFull } from "../../src/track/series/chunk.ts";
import { columnsFrom, pointsFrom, sorted } from "../../src/track/series/columns.ts";
import { listSegments, parseSegment } from "../../src/track/series/tail.ts";
import { TailWriter } from "../../src/track/series/tail-writer.ts";
import { thinned } from "../../src/track/series/thin.ts";

const number = fc.double({ noDefaultInfinity: false, noNaN: false });
const whole = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -3, max: 3 })).map((n) => n + 0);
const point = fc.record({ value: number, step: whole, timeMs: whole });

const chunkPoints = 1000;

describe("a chunk", () => {
  it("gives back every point it was made of: NaN, infinities, -0, steps up to 2^53", () =>
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 40 }), (points) => {
        expect(pointsFrom(decodeChunk(encodeChunk(columnsFrom(points))))).toEqual(points);
      }),
    ));

  it("takes 9 bytes a point where steps count up and times lie close", () => {
    const points = Array.from({ length: chunkPoints }, (_, i) => ({
      value: Math.sin(i),
      step: i,
      timeMs: 1.7e12 + 3 * i + (i % 2),
    }));
    const { steps, times, numbers } = encodeChunk(columnsFrom(points));
    expect((steps.length + times.length + numbers.length) / chunkPoints).toBeLessThan(9.1);
  });

  it("keeps floats in four bytes and one value in none", () => {
    const points = (value: (i: number) => number) =>
      columnsFrom(Array.from({ length: chunkPoints }, (_, i) => ({ value: value(i), step: i, timeMs: 0 })));
    expect(encodeChunk(points((i) => Math.fround(Math.sin(i)))).numbers.length).toBe(4001);
    expect(encodeChunk(points(() => Number.NaN)).numbers.length).toBe(9);
  });

  it("is cut so that its row fills its pages, whatever its points take", () => {
    const times = { even: (i: number) => i * 100, near: (i: number) => i * 100 + (i % 7), far: (i: number) => i * i };
    const values = { double: Math.sin, float: (i: number) => Math.fround(Math.sin(i)), same: () => 1 };
    for (const time of Object.values(times)) {
      for (const value of Object.values(values)) {
        const points = Array.from({ length: 30_000 }, (_, i) => ({ value: value(i), step: i, timeMs: time(i) }));
        const rows = encodeChunks(columnsFrom(points));
        expect(rows.flatMap((row) => pointsFrom(decodeChunk(row)))).toEqual(points);
        // A row that is one page longer is a quarter longer: two pages and a bit hold 8673 bytes.
        for (const row of rows)
          expect(row.steps.length + row.times.length + row.numbers.length).toBeLessThanOrEqual(8613);
        expect(rows.slice(0, -1).filter((row) => !isFull(row))).toEqual([]);
      }
    }
  });

  it("says that it is damaged rather than give wrong points", () => {
    const row = encodeChunk(
      columnsFrom([
        { value: 1, step: 0, timeMs: 5 },
        { value: 2, step: 7, timeMs: 6 },
      ]),
    );
    expect(() => decodeChunk({ ...row, numbers: row.numbers.slice(0, -1) })).toThrow("damaged");
    expect(() => decodeChunk({ ...row, steps: Uint8Array.of(9) })).toThrow("coding 9");
  });
});

describe("a thinned curve", () => {
  it("keeps first, last and every peak, in at most as many points as asked for", () => {
    const points = Array.from({ length: 50_000 }, (_, i) => ({
      value: i === 31_234 ? 99 : Math.sin(i / 900),
      step: i,
      timeMs: i,
    }));
    const few = pointsFrom(thinned(columnsFrom(points), 200));
    expect(few.length).toBeLessThanOrEqual(200);
    expect(few[0]).toEqual(points[0]);
    expect(few.at(-1)).toEqual(points.at(-1));
    expect(few).toContainEqual(points[31_234]);
    expect(few.every((one) => points[one.step]?.value === one.value)).toBe(true);
  });

  it("prefers numbers to NaN, and is the same where there is nothing to leave out", () => {
    const points = Array.from({ length: 100 }, (_, i) => ({ value: i % 2 === 0 ? Number.NaN : i, step: i, timeMs: i }));
    const values = pointsFrom(thinned(columnsFrom(points), 20)).slice(1, -1);
    expect(values.every(({ value }) => !Number.isNaN(value))).toBe(true);
    expect(thinned(columnsFrom(points), 100).steps.length).toBe(100);
  });
});

describe("the order of points", () => {
  it("is by step, then time, then value, a point that was logged twice kept once", () => {
    const late = { value: 1, step: 1, timeMs: 9 };
    const early = { value: 2, step: 1, timeMs: 3 };
    const first = { value: 5, step: 0, timeMs: 7 };
    expect(pointsFrom(sorted(columnsFrom([late, early, first, late])))).toEqual([first, early, late]);
  });
});

const folder = (): string => mkdtempSync(join(tmpdir(), "stemma-tail-"));
const writerIn = (place: string, onFull = (): void => {}): TailWriter =>
  new TailWriter({ folder: place, run: "abc", writer: "0f", eachCall: false, onFull });
const read = (place: string): Record<string, unknown> =>
  Object.fromEntries(
    listSegments(place, "abc").flatMap(({ path }) =>
      [...parseSegment(readFileSync(path))].map(([name, columns]) => [name, pointsFrom(columns)]),
    ),
  );

describe("a tail", () => {
  it("gives back every point of every metric in the order of logging", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("rmse", "β/größe", "日本"), point), { maxLength: 700 }),
        (logged) => {
          const place = folder();
          const writer = writerIn(place);
          for (const [name, { value, step, timeMs }] of logged) writer.add(name, value, { step, timeMs, nowMs: 0 });
          writer.close();
          const expected: Record<string, unknown[]> = {};
          for (const [name, one] of logged) expected[name] = [...(expected[name] ?? []), one];
          expect(read(place)).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    ));

  it("loses only the frame that a crash cut off", () => {
    const place = folder();
    const writer = writerIn(place);
    writer.add("rmse", 1, { step: 0, timeMs: 5, nowMs: 0 });
    writer.flush();
    const [segment] = listSegments(place);
    const whole = readFileSync(segment?.path ?? "").length;
    writer.add("rmse", 2, { step: 1, timeMs: 6, nowMs: 0 });
    writer.close();
    const all = readFileSync(segment?.path ?? "").length;
    for (const length of [all - 1, all - 20, whole + 3]) {
      truncateSync(segment?.path ?? "", length);
      expect(read(place)).toEqual({ rmse: [{ value: 1, step: 0, timeMs: 5 }] });
    }
    appendFileSync(segment?.path ?? "", Buffer.alloc(64, 0xff));
    expect(read(place)).toEqual({ rmse: [{ value: 1, step: 0, timeMs: 5 }] });
  });

  it("flushes after 256 points, and after 50 ms of the caller's clock without any timer", () => {
    const place = folder();
    const writer = writerIn(place);
    for (let i = 0; i < 255; i++) writer.add("a", i, { step: i, timeMs: 0, nowMs: 0 });
    expect(listSegments(place)).toEqual([]);
    writer.add("a", 255, { step: 255, timeMs: 0, nowMs: 0 });
    expect((read(place)["a"] as unknown[]).length).toBe(256);
    writer.add("a", 1, { step: 256, timeMs: 0, nowMs: 1000 });
    expect((read(place)["a"] as unknown[]).length).toBe(256);
    writer.add("a", 1, { step: 257, timeMs: 0, nowMs: 1050 });
    expect((read(place)["a"] as unknown[]).length).toBe(258);
    writer.close();
  });

  it("begins a new segment after 2 MiB, with the names written again", () => {
    const place = folder();
    const full: number[] = [];
    const writer = new TailWriter({
      folder: place,
      run: "abc",
      writer: "0f",
      eachCall: false,
      onFull: ({ number: n }) => full.push(n),
    });
    for (let i = 0; i < 70_000; i++) writer.add("a", i, { step: i, timeMs: 0, nowMs: 0 });
    writer.close();
    expect(full).toEqual([1]);
    const counts = listSegments(place).map(({ path }) => parseSegment(readFileSync(path)).get("a")?.steps.length ?? 0);
    expect(counts.reduce((sum, n) => sum + n)).toBe(70_000);
    expect(counts.length).toBe(2);
  });
});
