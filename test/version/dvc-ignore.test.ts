import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import ignore from "ignore";
import { describe, expect, it } from "vitest";
import { readDvcIgnore } from "../../src/version/dvc-ignore.ts";

describe("what DVC never sees", () => {
  const rules = readDvcIgnore(mkdtempSync(join(tmpdir(), "stemma-ignore-")));
  const whole = ignore({ ignorecase: false }).add([".hg/", ".git/", ".git", ".dvc/"]);
  const name = fc.constantFrom(".git", ".hg", ".dvc", ".gitignore", "a.git", "x.dvc", ".dvcignore", ".Git", "a", "ü");

  it("is the same without a .dvcignore as with gitignore's own rules", () =>
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), fc.boolean(), (names, folder) => {
        const path = names.join("/");
        expect(rules.ignores(path, folder)).toBe(whole.test(folder ? `${path}/` : path).ignored);
      }),
    ));
});
