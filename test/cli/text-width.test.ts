import { describe, expect, it } from "vitest";
import { printTable } from "../../src/cli/text.ts";
import { cut, textWidth } from "../../src/cli/text-width.ts";

describe("the columns of a text in a terminal", () => {
  it.each([
    ["fit-seir", 8],
    ["größe", 5],
    ["gro\u0308ße", 5],
    ["日本語", 6],
    ["한국어", 6],
    ["ｆｕｌｌ", 8],
    ["✓ 👍🏽 ok", 7],
    ["👨‍👩‍👧", 2],
    ["", 0],
  ])("%s takes %i", (text, columns) => expect(textWidth(text)).toBe(columns));

  it("are what a cut text keeps to", () => {
    expect([cut("日本語", 6), cut("日本語", 5), cut("日本語", 4), cut("größe", 3), cut("ab", 0)]).toEqual([
      "日本語",
      "日本…",
      "日…",
      "gr…",
      "",
    ]);
  });

  it("are what tables align by", () => {
    expect(
      printTable(
        [{ title: "NAME" }, { title: "N" }],
        [
          ["日本", "1"],
          ["abc", "2"],
        ],
      ),
    ).toBe("NAME  N\n日本  1\nabc   2\n");
  });
});
