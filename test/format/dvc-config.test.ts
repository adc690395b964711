import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ConfigValue,
  configFault,
  configKeys,
  type DvcConfig,
  parseDvcConfig,
  printDvcConfig,
} from "../../src/format/index.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
// Not both kinds of quotes in a list, not both triples: DVC's config cannot hold those.
const text = fc
  .string()
  .filter(
    (value) =>
      !/[\n\r]/.test(value) &&
      !/\\|"""|'''/.test(value) &&
      !(value.includes("'") && value.includes('"')) &&
      value.trim() === value,
  );
const value: fc.Arbitrary<ConfigValue> = fc.oneof(
  text,
  fc.array(
    text.filter((item) => item !== ""),
    { minLength: 1 },
  ),
);
const section = fc.oneof(
  name,
  name.map((one) => `remote "${one}"`),
);
const config = fc
  .uniqueArray(fc.tuple(section, fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, minLength: 1 })), {
    selector: ([key]) => key,
  })
  .map((entries): DvcConfig => new Map(entries.map(([key, pairs]) => [key, new Map(pairs)])));

describe("DVC's configuration", () => {
  it("is read as it was printed", () =>
    fc.assert(
      fc.property(config, (one) => {
        const sorted = (given: DvcConfig): unknown => [...given].map(([key, pairs]) => [key, [...pairs]]).toSorted();
        expect(sorted(parseDvcConfig(printDvcConfig(one), "config"))).toEqual(sorted(one));
      }),
    ));

  it("is written as DVC writes it: plain sections, then remotes; quotes where commas, hashes and edges need them", () => {
    const given: DvcConfig = new Map([
      ['remote "r"', new Map<string, ConfigValue>([["url", "s3://b/p,q"]])],
      [
        "core",
        new Map<string, ConfigValue>([
          ["remote", "r # x"],
          ["site_cache_dir", " /tmp"],
        ]),
      ],
      ["cache", new Map()],
    ]);
    expect(printDvcConfig(given)).toBe(
      '[core]\n    remote = "r # x"\n    site_cache_dir = " /tmp"\n[\'remote "r"\']\n    url = "s3://b/p,q"\n',
    );
    expect(printDvcConfig(new Map())).toBe("\n");
  });

  it("is refused with DVC's sentence for a key that it does not know", () => {
    expect(configFault(parseDvcConfig("[core]\nremot = x\n", "config"))).toBe(
      "extra keys not allowed @ data['core']['remot']",
    );
    expect(configFault(parseDvcConfig("[cache]\ntype = hardlink, copy\n", "config"))).toBe(null);
    expect(configKeys()).toContain("remote.<name>.endpointurl");
  });
});
