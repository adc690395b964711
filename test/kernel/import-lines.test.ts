import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { importLines } from "../../src/kernel/language/import-lines.ts";
import { loadTypeScript } from "../../src/kernel/language/tslab.ts";
import { newCompilation } from "../../src/kernel/language/typescript.ts";

const typescript = loadTypeScript();
let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "stemma-imports ")));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A project with packages, each with one name for each of its files. */
function project(packages: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, names] of Object.entries(packages)) {
    const place = join(folder, "node_modules", name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "package.json"), JSON.stringify({ name, types: "index.d.ts" }));
    writeFileSync(join(place, "index.d.ts"), names.map((_, at) => `export * from "./part${at}";\n`).join(""));
    for (const [at, one] of names.entries())
      writeFileSync(join(place, `part${at}.d.ts`), `/** One. */\nexport declare const ${one}: number;\n`);
  }
  const dependencies = Object.fromEntries(Object.keys(packages).map((name) => [name, "1.0.0"]));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies }));
}

const opened = (): ReturnType<typeof importLines> => importLines(typescript, newCompilation(folder));
const line = (name: string, from: string): string => `import { ${name} } from "${from}"`;

it("a question reads nothing: it is answered without, and the next has what was read meanwhile", () => {
  project({ stats: ["meanOf", "medianOf"], more: ["modeOf"] });
  const lines = opened();
  expect([lines.of("meanOf"), lines.startingWith("m")]).toEqual([[], []]);
  const whole: boolean[] = [];
  while (whole.at(-1) !== true) whole.push(lines.readOn(0));
  // One file or look-up at a time: nothing else has to wait for long.
  expect(whole.length).toBeGreaterThan(5);
  expect(lines.startingWith("m")).toEqual([line("meanOf", "stats"), line("modeOf", "more"), line("medianOf", "stats")]);
  expect(lines.readOn(0)).toBe(true);
});

it("what was read is offered until the names of a changed package.json are complete", () => {
  project({ stats: ["meanOf"] });
  const lines = opened();
  expect(lines.readOn(60_000)).toBe(true);
  project({ other: ["meanOf", "sumOf"] });
  utimesSync(join(folder, "package.json"), new Date(), new Date(2040, 0));
  expect(lines.readOn(0)).toBe(false);
  expect([lines.of("meanOf"), lines.of("sumOf")]).toEqual([[line("meanOf", "stats")], []]);
  expect(lines.readOn(60_000)).toBe(true);
  expect([lines.of("meanOf"), lines.of("sumOf")]).toEqual([[line("meanOf", "other")], [line("sumOf", "other")]]);
});

it("a package whose files go away while it is read gives no names, and the next is read", () => {
  project({ going: ["goneOf"], stays: ["sumOf"] });
  const lines = opened();
  expect(lines.readOn(0)).toBe(false);
  rmSync(join(folder, "node_modules", "going", "part0.d.ts"));
  expect(lines.readOn(60_000)).toBe(true);
  expect([lines.of("goneOf"), lines.of("sumOf")]).toEqual([[], [line("sumOf", "stays")]]);
});
