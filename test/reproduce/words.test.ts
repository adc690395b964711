import fc from "fast-check";
import { expect, it } from "vitest";
import { wordsOf } from "../../src/reproduce/words.ts";
import { commandLine } from "../../src/track/context-machine.ts";

it("gives back the words of any command line that a run kept", () => {
  const word = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom("", "it's", "größe raum/fit.mjs", "--beta=0.3", "a\\b", "''"),
  );
  const isPlain = (words: readonly string[]): boolean =>
    !words.some((one) => /token|secret|passw|api-?key|credential|auth/i.test(one));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }).filter(isPlain), (words) => {
      expect(wordsOf(commandLine(words))).toEqual(words);
    }),
  );
});
