/** Numbers as a reader wants them: few digits, the same for a whole column, units behind times and sizes. */

const minus = "−";
const none = "–";

/**
 * The texts of one column: as many digits as tell its values apart, 4 to 7 significant ones at the greatest value.
 *
 * @param values numbers; "NaN" and the infinities as text; null for a missing value
 * @returns one text for each value, a dash for a missing one
 */
export function formatColumn(values: readonly (number | string | null)[]): readonly string[] {
  const print = columnPrinter(
    values.filter((value) => typeof value === "number" && Number.isFinite(value)) as number[],
  );
  return values.map((value) => {
    if (value === null) return none;
    if (typeof value === "number" && Number.isFinite(value)) return signed(print(value));
    return String(value).replace("-Infinity", `${minus}∞`).replace("Infinity", "∞");
  });
}

/** One number with at most 6 significant digits. */
export function formatNumber(value: number): string {
  return formatColumn([value])[0] ?? none;
}

function columnPrinter(finite: readonly number[]): (value: number) => string {
  const greatest = Math.max(0, ...finite.map(Math.abs).slice(0, 10_000));
  if (greatest === 0) return (value) => String(value === 0 ? 0 : value);
  if (greatest < 1e9 && finite.every(Number.isInteger)) return grouped;
  const distinct = new Set(finite).size;
  const power = Math.floor(Math.log10(greatest));
  for (let digits = 4; ; digits++) {
    const print = power < -3 || power > 8 ? exponential(digits) : fixed(Math.max(0, digits - 1 - power));
    const texts = finite.map(print);
    if (digits < 7 && new Set(texts).size < distinct) continue;
    return power < -3 || power > 8 ? print : fixed(neededDecimals(texts));
  }
}

function exponential(digits: number): (value: number) => string {
  return (value) => (value === 0 ? "0" : value.toExponential(digits - 2));
}

function fixed(decimals: number): (value: number) => string {
  return (value) => value.toFixed(decimals);
}

function grouped(value: number): string {
  return Math.abs(value) < 10_000 ? String(value) : value.toLocaleString("en-US");
}

/** Decimals that are left when zeros at the end of every text are dropped. */
function neededDecimals(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => (text.split(".")[1] ?? "").replace(/0+$/, "").length));
}

function signed(text: string): string {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace("-", minus).replace("e-", `e${minus}`);
}

/** The difference of two values of one column, with its sign: "−16.70", "+0.5", "0". */
export function formatDelta(value: number, like: string): string {
  const decimals = /e/.test(like) ? null : (like.split(".")[1] ?? "").length;
  const text = decimals === null ? Math.abs(value).toExponential(2) : Math.abs(value).toFixed(decimals);
  if (Number(text) === 0) return "0";
  return `${value < 0 ? minus : "+"}${text}`;
}

/** A time span: "12 ms", "0.41 s", "3.2 s", "4 min 05 s", "2 h 03 min". */
export function formatDuration(ms: number): string {
  if (ms < 0) return none;
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** A size in decimal units: "412 B", "12.3 kB", "1.20 GB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const power = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const scaled = bytes / 1_000 ** power;
  const text = power === 0 ? String(bytes) : scaled.toPrecision(scaled < 1_000 ? 3 : 4);
  return `${text} ${units[power] ?? "B"}`;
}

/** How long ago a moment was, in one word or two: "just now", "4 min ago", "yesterday", "12 days ago". */
export function formatAge(thenMs: number, nowMs: number): string {
  const minutes = Math.floor((nowMs - thenMs) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  const days = Math.floor(minutes / (24 * 60));
  return days === 1 ? "yesterday" : `${days} days ago`;
}
