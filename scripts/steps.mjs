/** What a step answers when there was nothing to do. */
export const asItWas = "as it was";

/**
 * Does one step and prints its line: title, what it says about itself, seconds.
 *
 * @param body gives a few words on what was done, or nothing
 */
export async function step(title, body) {
  const start = performance.now();
  const words = (await body()) ?? "done";
  printLine(title, words, performance.now() - start);
}

/** One line of a step or a suite. */
export function printLine(title, words, ms) {
  console.log(`${title.padEnd(22)} ${words.padEnd(44)} ${seconds(ms)}`);
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`.padStart(8);
}
