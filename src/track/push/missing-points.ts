import type { MetricPoint } from "../record.ts";

/** The points that are not among others, told apart as far as a stock server keeps them apart. */
export function missingPoints(points: readonly MetricPoint[], known: readonly MetricPoint[]): readonly MetricPoint[] {
  if (known.length === 0) return points;
  const there = new Set(known.map(printed));
  return points.filter((point) => !there.has(printed(point)));
}

// A stock server keeps -0 as 0, and infinities as the largest numbers.
function printed({ value, step, timeMs }: MetricPoint): string {
  const kept = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
  return `${step} ${timeMs} ${kept}`;
}
