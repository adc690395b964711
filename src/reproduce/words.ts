/** The words of a command line that was kept as a shell reads it: quoted with '…', a quote itself as '\''. */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const letter = line.charAt(at);
    if (letter === " ") {
      if (word !== null) words.push(word);
      word = null;
    } else if (letter === "'") {
      const end = line.indexOf("'", at + 1);
      word = (word ?? "") + line.slice(at + 1, end === -1 ? line.length : end);
      at = end === -1 ? line.length : end;
    } else if (letter === "\\") {
      at++;
      word = (word ?? "") + line.charAt(at);
    } else word = (word ?? "") + letter;
  }
  return word === null ? words : [...words, word];
}
