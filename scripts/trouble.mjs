/** What a person must do something about: one sentence, and where they help, the last words of the tool that failed. */
export class Trouble extends Error {
  constructor(sentence, words = "") {
    super(words === "" ? sentence : `${sentence}\n${indented(lastLines(words, 20))}`);
    this.name = "Trouble";
  }
}

/** The last lines of a tool's output, without the empty ones at its end. */
export function lastLines(text, limit) {
  return text.trimEnd().split("\n").slice(-limit).join("\n");
}

function indented(text) {
  return text.replaceAll(/^/gm, "    ");
}

/** Prints what stopped a script, and gives its exit code: a Trouble by its sentence, a defect of ours with its stack. */
export function report(error) {
  console.error(error instanceof Trouble ? `\n${error.message}` : error);
  return 1;
}
