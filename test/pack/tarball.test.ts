import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Notebook, runNotebook, stockTslab, textOf, writeNotebook } from "../support/notebook.ts";
import { root } from "../support/tools.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");

/** The first code block of a language below a heading of the README. */
function example(heading: string, language: string): string {
  const section = readme.slice(readme.indexOf(`\n## ${heading}`));
  const found = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s").exec(section)?.[1];
  if (found === undefined) throw new Error(`README.md: no ${language} block below "${heading}"`);
  return found;
}

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** Packs as `npm publish` would, without the scripts of whoever runs the tests. */
function pack(target: string): Packed {
  const text = execFileSync("npm", ["pack", "--json", "--pack-destination", target], { cwd: root, encoding: "utf8" });
  const [packed] = JSON.parse(text) as readonly Packed[];
  if (packed === undefined) throw new Error(`npm pack told nothing: ${text}`);
  return packed;
}

describe("the packed tarball", () => {
  let top: string;
  let packed: Packed;

  beforeAll(() => {
    top = mkdtempSync(join(tmpdir(), "stemma-pack-"));
    packed = pack(top);
  });
  afterAll(() => rmSync(top, { recursive: true, force: true }));

  it("holds the library, its licence and nothing of the repository", () => {
    const folders = new Set(packed.files.map(({ path }) => path.split("/")[0]));
    expect([...folders].sort()).toEqual(["LICENSE", "README.md", "dist", "labextension", "package.json", "python"]);
    expect(packed.files.filter(({ path }) => /\.tsbuildinfo$|\.map$/.test(path))).toEqual([]);
  });

  it("holds every file that its package.json names", () => {
    const { main, types, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const paths = new Set(packed.files.map(({ path }) => `./${path}`));
    for (const path of [main, types, ...Object.values(bin)]) expect(paths).toContain(path);
  });

  it("brings the built extension and papermill's package, where stemma lab and pip find them", () => {
    const paths = packed.files.map(({ path }) => path);
    const beside = paths.filter((path) => path.startsWith("labextension/") || path.startsWith("python/"));
    expect(beside).toEqual(
      expect.arrayContaining(["labextension/dist/package.json", "python/stemma-papermill/pyproject.toml"]),
    );
    expect(beside.filter((path) => !/^labextension\/dist\/|^python\/stemma-papermill\//.test(path))).toEqual([]);
    expect(beside.filter((path) => path.includes("__pycache__"))).toEqual([]);
    const { jupyterlab } = JSON.parse(readFileSync(join(root, "labextension", "dist", "package.json"), "utf8"));
    expect(paths).toContain(`labextension/dist/${jupyterlab._build.load}`);
  });

  it("is small: under 2 MB", () => expect(packed.size).toBeLessThan(2_000_000));

  describe("in an empty folder with arquero, danfojs-node and stock tslab", () => {
    let folder: string;
    let shown: Notebook;

    beforeAll(async () => {
      folder = join(top, "a project");
      mkdirSync(folder);
      const overrides = example("Use it in a project of your own", "json");
      writeFileSync(join(folder, "package.json"), overrides);
      const packages = [join(top, packed.filename), "arquero@8.0.3", "danfojs-node@1.2.0", "tslab@1.0.22"];
      execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...packages], {
        cwd: folder,
        stdio: "pipe",
      });
      writeNotebook(join(folder, "verbs.ipynb"), "tslab", [
        example("The three verbs in one cell", "ts"),
        `import * as aq from "arquero";
import { DataFrame } from "danfojs-node";
const table = aq.table({ day: [1, 2, 3], ill: [3, 8, 26] });
writeFileSync("ill.csv", table.toCSV());
const ill = await version("ill.csv");
const mean = new DataFrame({ ill: table.array("ill") as number[] })["ill"].mean();
await track("frames", { source: "arquero" }, (run) => { run.input(ill); run.log({ mean }); });
console.log(ill.md5, mean.toFixed(2));`,
        `track.compare("frames")`,
      ]);
      const jupyterPath = stockTslab(join(top, "jupyter"), join(folder, "node_modules"));
      shown = await runNotebook(join(folder, "verbs.ipynb"), { jupyterPath });
    });

    it("runs the README's three verbs", () => expect(textOf(shown, "cell-1").trim()).toMatch(/14$/));

    it("takes an arquero table and a danfo frame", () =>
      expect(textOf(shown, "cell-2")).toMatch(/^[0-9a-f]{32} 12\.33/));

    it("draws the comparison as text too", () => expect(textOf(shown, "cell-3")).toMatch(/12\.33/));

    it("writes the .dvc files beside the data", () => {
      expect(readdirSync(folder)).toEqual(expect.arrayContaining(["heights.json.dvc", "ill.csv.dvc", "stemma"]));
    });

    it("has a stemma command", () => {
      const text = execFileSync(
        process.execPath,
        [join(folder, "node_modules", "stemma", "dist", "cli", "main.js"), "--help"],
        {
          encoding: "utf8",
        },
      );
      expect(text).toMatch(/export/);
      expect(text).toMatch(/serve/);
    });
  });
});
