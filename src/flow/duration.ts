/** A time span at a face: milliseconds, or a number with a unit: "500ms", "30s", "5m", "2h", "1d". */
export type Duration = number | string;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The span in milliseconds, from 0 on. @throws {RangeError} it is no span */
export function durationMs(duration: Duration, name: string): number {
  if (typeof duration === "number" && Number.isFinite(duration) && duration >= 0) return duration;
  const match = typeof duration === "string" ? /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/.exec(duration) : null;
  const unit = match?.[2] === undefined ? undefined : unitMs[match[2]];
  if (match === null || unit === undefined) {
    throw new RangeError(`${name} is ${JSON.stringify(duration)}; write milliseconds, or "30s", "5m", "2h"`);
  }
  return Number(match[1]) * unit;
}
