import { describe, expect, it } from "vitest";
import { framesOf } from "../../src/kernel/frames.ts";

const own = "/home/Zoë/my project/node_modules/stemma/dist";
const stack = `MissingDataError: there is no data
    at openData (file:///home/Zo%C3%AB/my%20project/node_modules/stemma/dist/chunks/version-Byr.js:5267:16)
    at readFile (/home/Zoë/my project/node_modules/stemma/dist/kernel/main.js:3:4)
    at fetch (node:internal/bootstrap/web/exposed-window-or-worker:83:12)
    at async Promise.all (index 0)
    at new Promise (<anonymous>)
    at mean (/home/Zoë/my project/lib/mean.ts:2:3)
    at cell [3], line 1:7`;

describe("the frames of an error", () => {
  it("are the user's: those of Stemma and of Node are left out, wherever Stemma is installed", () => {
    expect(framesOf(stack, own)).toEqual([
      "    at async Promise.all (index 0)",
      "    at mean (/home/Zoë/my project/lib/mean.ts:2:3)",
      "    at cell [3], line 1:7",
    ]);
  });
});
