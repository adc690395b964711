import fc from "fast-check";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { printYaml } from "../../src/format/index.ts";

// Stages read params.yaml with `yaml`, DVC with ruamel: what we print has to be the same value to both. Ruamel is compared
// where DVC's formats are tested.
it("prints params that a stage reads back as they were", () =>
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[A-Za-z_]\w*$/), fc.jsonValue({ noUnicodeString: false })),
      (params) => {
        const value = JSON.parse(JSON.stringify(params)) as Record<string, never>;
        expect(parse(printYaml(value)) ?? {}).toEqual(value);
      },
    ),
  ));
