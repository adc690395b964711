import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { pythonJson } from "../../format/index.ts";
import { PipelineError } from "../pipeline-error.ts";
import type { Plot } from "./show-plots.ts";

/** A page with plots. */
export interface PlotPage {
  readonly html: string;
  /** Whether it needs nothing from the network: vega is in it. */
  readonly whole: boolean;
}

const libraries = [
  { name: "vega", file: "build/vega.min.js", cdn: "https://cdn.jsdelivr.net/npm/vega@5" },
  { name: "vega-lite", file: "build/vega-lite.min.js", cdn: "https://cdn.jsdelivr.net/npm/vega-lite@5" },
  { name: "vega-embed", file: "build/vega-embed.min.js", cdn: "https://cdn.jsdelivr.net/npm/vega-embed@6" },
] as const;

const style = `body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #1f2328; }
main { display: flex; flex-wrap: wrap; gap: 2rem; align-items: flex-start; }
figure { margin: 0; } figcaption { margin-bottom: .5rem; font-weight: 600; }
.images { display: flex; gap: 1rem; overflow-x: auto; } .images img { max-width: 480px; display: block; }
.images p { margin: 0 0 .25rem; color: #59636e; }`;

/**
 * One HTML page with all plots: pictures and, where the packages are installed, vega are in it.
 *
 * @param template a page of one's own, with `{plot_divs}` and `{scripts}` in it
 */
export function plotPage(plots: readonly Plot[], template: string | null = null): PlotPage {
  const drawn = plots.filter((plot) => plot.kind === "image" || plot.revisions.length > 0);
  const vega = drawn.some((plot) => plot.kind === "vega");
  const scripts = vega ? libraries.map(scriptOf) : [];
  const figures = drawn.map((plot, i) => (plot.kind === "vega" ? vegaFigure(plot, i) : imageFigure(plot)));
  const whole = scripts.every(({ inlined }) => inlined);
  const parts = { scripts: scripts.map(({ html }) => html).join("\n"), plot_divs: figures.join("\n"), refresh_tag: "" };
  return { html: filled(template ?? page, parts), whole };
}

/** Names in braces with their texts; of a person's template too (dvc_render/html.py). @throws {PipelineError} no place for plots */
function filled(template: string, parts: Readonly<Record<string, string>>): string {
  if (!template.includes("{plot_divs}")) throw new PipelineError("HTML template has to contain '{plot_divs}'.");
  return template.replace(/\{(scripts|plot_divs|refresh_tag)\}/g, (_, name: string) => parts[name] ?? "");
}

const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Plots</title>
<style>
${style}
</style>
{scripts}
</head>
<body>
<main>
{plot_divs}
</main>
</body>
</html>
`;

function scriptOf({ name, file, cdn }: (typeof libraries)[number]): {
  readonly html: string;
  readonly inlined: boolean;
} {
  const path = installed(name, file);
  if (path === null) return { html: `<script src="${cdn}"></script>`, inlined: false };
  const source = readFileSync(path, "utf8")
    .replaceAll("</script", "<\\/script")
    .replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "");
  return { html: `<script>${source}</script>`, inlined: true };
}

/** A file of an optional package; null when the package is not installed. */
function installed(name: string, file: string): string | null {
  const require = createRequire(import.meta.url);
  const folders = require.resolve.paths(name) ?? [];
  for (const folder of [join(process.cwd(), "node_modules"), ...folders]) {
    const path = join(folder, name, file);
    try {
      readFileSync(join(dirname(path), "..", "package.json"));
      readFileSync(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return null;
}

function vegaFigure(plot: Extract<Plot, { readonly kind: "vega" }>, i: number): string {
  // A "<" in data must not end the script.
  const spec = pythonJson(plot.content).replaceAll("<", "\\u003c");
  return `<figure><figcaption>${text(plot.name)}</figcaption><div id="plot${i}"></div><script>vegaEmbed("#plot${i}", ${spec});</script></figure>`;
}

function imageFigure(plot: Extract<Plot, { readonly kind: "image" }>): string {
  const images = plot.images.map(
    ({ revision, file, bytes }) =>
      `<div><p>${text(revision)}</p><img alt="${text(file)}" src="data:${typeOf(file)};base64,${bytes.toString("base64")}"></div>`,
  );
  return `<figure><figcaption>${text(plot.name)}</figcaption><div class="images">${images.join("")}</div></figure>`;
}

function typeOf(file: string): string {
  const ending = extname(file).slice(1).toLowerCase();
  return ending === "svg" ? "image/svg+xml" : `image/${ending === "jpg" ? "jpeg" : ending}`;
}

function text(plain: string): string {
  return plain.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
