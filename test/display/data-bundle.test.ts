import { expect, it } from "vitest";
import { dataBundle, dataDiffBundle } from "../../src/display/index.ts";

const facts = { path: "t.parquet", md5: "a".repeat(32), bytes: 12, rows: 2, columns: 2 };
const schema = [
  { name: "x", type: "double" },
  { name: "<i>", type: "string" },
];

it("draws a table's first rows, its HTML as text, and nothing of it as markup", () => {
  const bundle = dataBundle(
    { ...facts, schema },
    {
      top: [
        { x: -0, "<i>": "<b>bold</b>" },
        { x: null, "<i>": "y".repeat(90) },
      ],
    },
  );
  expect(bundle["text/plain"]).toBe(
    [
      `t.parquet · 2 rows · 2 columns · 12 B · md5 ${"a".repeat(32)}`,
      "     x  <i>",
      "double  string",
      "    -0  <b>bold</b>",
      `     –  ${"y".repeat(39)}…`,
    ].join("\n"),
  );
  expect(bundle["text/html"]).toContain("&lt;b&gt;bold&lt;/b&gt;");
  expect(bundle["text/html"]).not.toMatch(/<i>|<b>bold/);
});

it("stays small for a table of thousands of columns", () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ name: `column ${i} ${"z".repeat(300)}`, type: "double" }));
  const top = Array.from({ length: 8 }, () => Object.fromEntries(many.map(({ name }) => [name, "w".repeat(10_000)])));
  const bundle = dataBundle({ ...facts, columns: 5000, schema: many }, { top });
  expect(JSON.stringify(bundle).length).toBeLessThan(200_000);
  expect(bundle["text/plain"]).toContain("and 4948 more");
});

it("says in words what differs, and when nothing does", () => {
  const changes = { kind: "folder", added: ["a"], removed: [], changed: ["b"], unchanged: 7 } as const;
  const diff = { path: "d", from: "v1", to: "here", same: false, changes };
  expect(dataDiffBundle(diff)["text/plain"]).toBe(
    "d · v1 → here · 1 file added · 1 file changed · 7 as before\n         where  before  after\nadded    a\nchanged  b",
  );
  expect(dataDiffBundle({ ...diff, same: true })["text/plain"]).toBe("d · v1 → here · the same");
});
