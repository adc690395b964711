/** Jupyter counts positions in code points, JavaScript in UTF-16 units. */
export function unitOffset(text: string, codePoints: number): number {
  let units = 0;
  for (const character of text) {
    if (codePoints <= 0) break;
    codePoints -= 1;
    units += character.length;
  }
  return units;
}

/** The opposite of {@link unitOffset}. */
export function codePointOffset(text: string, units: number): number {
  return Array.from(text.slice(0, units)).length;
}
