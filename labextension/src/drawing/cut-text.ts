/** A text of at most so many letters; what is too long loses its middle, because names often differ at their end. */
export function cutText(text: string, letters: number): string {
  const all = [...text];
  if (all.length <= letters) return text;
  const end = Math.floor(letters / 3);
  return `${all.slice(0, letters - 1 - end).join("")}…${all.slice(all.length - end).join("")}`;
}
