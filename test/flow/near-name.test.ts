import { describe, expect, it } from "vitest";
import { didYouMean, nearName } from "../../src/flow/near-name.ts";

describe("a name that is none", () => {
  const names = ["betas", "learningRate", "fitOne", "größe", "load"];

  it.each([
    ["beta", "betas"],
    ["btea", "betas"],
    ["learning", "learningRate"],
    ["FITONE", "fitOne"],
    ["lod", "load"],
    ["grösse", "größe"],
  ])("%s most likely stands for %s", (word, name) => expect(nearName(word, names)).toBe(name));

  it.each(["gamma", "x", ""])("%j is near to none", (word) => expect(didYouMean(word, names)).toBe(""));
});
