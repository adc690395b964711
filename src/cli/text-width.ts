// What a terminal draws two columns wide: East Asian wide and full-width characters, and emoji.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f1e6}-\u{1f1ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const narrow = /^[\u0020-\u02ff]*$/;
const clusters = new Intl.Segmenter();

/** How many columns of a terminal a text takes. */
export function textWidth(text: string): number {
  if (narrow.test(text)) return text.length;
  let width = 0;
  for (const { segment } of clusters.segment(text)) width += clusterWidth(segment);
  return width;
}

/** A text of at most so many columns. */
export function cut(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let room = Math.max(0, columns - 1);
  let kept = "";
  for (const { segment } of clusters.segment(text)) {
    room -= clusterWidth(segment);
    if (room < 0) break;
    kept += segment;
  }
  return columns <= 0 ? "" : `${kept}…`;
}

// A letter with its accents, or an emoji of several code points, is drawn as one.
function clusterWidth(segment: string): number {
  if (/^[\p{M}\u200b-\u200f\ufeff]+$/u.test(segment)) return 0;
  return wide.test(segment) || segment.includes("\ufe0f") ? 2 : 1;
}
