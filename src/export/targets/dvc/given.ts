import type { Plan } from "../../../flow/index.ts";
import type { Context } from "./expressions.ts";

/** Path in the project of each table and long array that stands in the flow's definition, by its MD5. */
export type GivenPaths = ReadonlyMap<string, string>;

const part = /\{"~":\["(npy|bytes|table)","([0-9a-f]{32})"/g;
const endings: Readonly<Record<string, string>> = { npy: "npy", bytes: "bin", table: "arrow" };

/** Names for the files of what a flow is given where it is defined: after the input that gets it. */
export function givenPaths({ steps, maps, loops, whens, output }: Plan): GivenPaths {
  const places = [
    ...steps.flatMap(({ inputs }) => Object.entries(inputs)),
    ...[...maps, ...loops, ...whens].map((one) => [one.id, one] as const),
    ["output", output] as const,
  ];
  const paths = new Map<string, string>();
  const taken = new Set<string>();
  for (const [name, holder] of places) {
    for (const [, kind = "", md5 = ""] of JSON.stringify(holder).matchAll(part)) {
      if (paths.has(md5)) continue;
      const plain = name.replace(/[^\p{L}\p{N}_-]+/gu, "_");
      let path = `given/${plain}.${endings[kind]}`;
      for (let n = 2; taken.has(path); n++) path = `given/${plain}-${n}.${endings[kind]}`;
      taken.add(path);
      paths.set(md5, path);
    }
  }
  return paths;
}

/** Code of a value that stands in the flow's definition; its tables and long arrays are files. */
export function givenCode(value: unknown, { layout, needs }: Context): string {
  const text = JSON.stringify(value).replace(part, (found, _, md5: string) => {
    const path = layout.given.get(md5);
    if (path === undefined) return found;
    needs.deps.add(path);
    return found.replace(`"${md5}"`, JSON.stringify(path));
  });
  return `stage.given(${JSON.stringify(text)})`;
}
