import { expect, it } from "vitest";
import { parseYaml } from "../../src/format/index.ts";
import { plotPage } from "../../src/pipeline/index.ts";
import { plotData } from "../../src/pipeline/plots/datapoints.ts";

const hostile = "</script><img src=x onerror=alert(1)>";

it("makes a page that needs nothing from the network, and no script of data or names", () => {
  const vega = {
    kind: "vega",
    name: hostile,
    revisions: ["HEAD"],
    content: { title: hostile },
    anchors: null,
  } as const;
  const image = {
    kind: "image",
    name: "a.png",
    images: [{ revision: hostile, file: "a.png", bytes: Buffer.from("x") }],
  } as const;
  const { html, whole } = plotPage([vega, image]);
  expect(whole).toBe(true);
  expect(html).not.toContain(hostile);
  expect(html).not.toContain("<img src=x");
  expect(html).not.toMatch(/<script src=/);
  expect(html).toContain("data:image/png;base64,eA==");
});

it("says which columns there are where one is missing, and which files don't fit together", () => {
  const files = new Map([
    ["a.json", parseYaml('[{"x": 1, "y": 2}, {"x": 2, "y": 3}]', "a.json")],
    ["b.json", parseYaml('[{"z": 1}]', "b.json")],
  ]);
  const at = { revision: "HEAD", files };
  expect(() => plotData("a.json", new Map([["y", "nope"]]), at)).toThrow(
    "Could not find provided field ('nope') in data fields ('x, y').",
  );
  const apart = new Map([
    ["x", { "b.json": "z" }],
    ["y", { "a.json": "y" }],
  ]);
  expect(() => plotData("two", apart, at)).toThrow("Cannot join 'z' from 'b.json' and 'y' from 'a.json'.");
});
