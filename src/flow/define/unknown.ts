import { didYouMean } from "../near-name.ts";

/** @throws {TypeError} a record has a key that nobody reads: a typing error would go unnoticed */
export function refuseUnknown(given: unknown, place: string, known: readonly string[]): void {
  if (given === undefined) return;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new TypeError(
      `${place} takes a record of options (${known.join(", ")}), and got ${JSON.stringify(given) ?? typeof given}`,
    );
  }
  const other = Object.keys(given).find((name) => !known.includes(name));
  if (other === undefined) return;
  throw new TypeError(`${place} has no option "${other}" (options: ${known.join(", ")})${didYouMean(other, known)}`);
}
