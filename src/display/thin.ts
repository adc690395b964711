/** One point of a curve: step, value. */
export type CurvePoint = readonly [number, number];

/**
 * The points of one curve, thinned to at most `limit` by largest triangles; first and last are kept.
 * Values stay as they were logged, never averaged; points that JSON cannot hold (NaN, infinities) are left out.
 *
 * @param points n >= 0 points by rising step
 * @param limit  points to keep, >= 3
 * @returns m <= limit of the points, by rising step
 * @throws {RangeError} `limit` is under 3
 * @see Steinarsson 2013, "Downsampling Time Series for Visual Representation", section 4.2
 */
export function thinCurve(points: readonly CurvePoint[], limit: number): readonly CurvePoint[] {
  if (limit < 3) throw new RangeError(`limit is ${limit}; a curve needs at least 3 points.`);
  const finite = points.filter(([step, value]) => Number.isFinite(step) && Number.isFinite(value));
  const first = finite[0];
  const last = finite.at(-1);
  if (finite.length <= limit || first === undefined || last === undefined) return finite;
  const width = (finite.length - 2) / (limit - 2);
  const kept: CurvePoint[] = [first];
  for (let bucket = 0; bucket < limit - 2; bucket++) {
    const start = 1 + Math.floor(bucket * width);
    const end = 1 + Math.floor((bucket + 1) * width);
    const next = mean(finite.slice(end, Math.min(finite.length, 1 + Math.floor((bucket + 2) * width))), last);
    kept.push(largestTriangle(finite.slice(start, end), kept.at(-1) ?? first, next));
  }
  return [...kept, last];
}

function mean(points: readonly CurvePoint[], whenEmpty: CurvePoint): CurvePoint {
  if (points.length === 0) return whenEmpty;
  const sum = points.reduce<CurvePoint>(([x, y], point) => [x + point[0], y + point[1]], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}

function largestTriangle(bucket: readonly CurvePoint[], before: CurvePoint, after: CurvePoint): CurvePoint {
  let best = bucket[0] ?? before;
  let bestArea = -1;
  for (const point of bucket) {
    const area = Math.abs(
      (before[0] - after[0]) * (point[1] - before[1]) - (before[0] - point[0]) * (after[1] - before[1]),
    );
    if (area > bestArea) [best, bestArea] = [point, area];
  }
  return best;
}
