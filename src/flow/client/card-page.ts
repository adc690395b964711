import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type CardTable, cardColumns } from "../card-columns.ts";
import { htmlText, markdownHtml } from "./markdown.ts";

/** A card as a page needs it. */
export interface PageCard {
  readonly step: string;
  readonly indices: readonly number[];
  readonly parts: readonly { readonly kind: string }[];
  /** Id of the run that made it, where that is another one. */
  readonly madeBy?: string | null;
}

/** Rows of a table that a page shows. */
const rowLimit = 1000;

/**
 * A page with cards: all of it is in the page, but for the program that draws charts where the packages vega, vega-lite and
 * vega-embed are not installed here; without it and without a network a chart shows its specification.
 */
export function cardPage(title: string, cards: readonly PageCard[]): string {
  const charts = cards.some(({ parts }) => parts.some(({ kind }) => kind === "vega"));
  const scripts = charts ? [...libraries.map(libraryHtml), drawing] : [];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${htmlText(title)}</title>
<style>
${style}
</style>
</head>
<body>
<h1>${htmlText(title)}</h1>
${cards.map(cardHtml).join("\n")}
${scripts.join("\n")}
</body>
</html>
`;
}

/** The same as JSON, for programs. */
export function cardData(cards: readonly PageCard[]): string {
  return `${JSON.stringify(
    cards.map(({ step, indices, parts }) => ({ step, indices, parts })),
    null,
    1,
  )}\n`;
}

function cardHtml({ step, indices, parts, madeBy }: PageCard): string {
  const name = indices.length === 0 ? step : `${step} ${indices.join(".")}`;
  const from = madeBy == null ? "" : ` <small>kept, made by run ${htmlText(madeBy.slice(0, 8))}</small>`;
  return `<section>\n<h2>${htmlText(name)}${from}</h2>\n${parts.map(partHtml).join("\n")}\n</section>`;
}

function partHtml(part: { readonly kind: string }): string {
  const fields = part as Readonly<Record<string, unknown>>;
  switch (part.kind) {
    case "markdown":
      return markdownHtml(String(fields["text"]));
    case "table":
      return tableHtml(part as Partial<CardTable>, titleOf(fields));
    case "vega":
      return chartHtml(fields["spec"]);
    case "image":
      return imageHtml(String(fields["base64"]), titleOf(fields));
    case "progress":
      return progressHtml(Number(fields["done"]), Number(fields["total"]));
    default:
      return "";
  }
}

function titleOf({ title }: Readonly<Record<string, unknown>>): string {
  return typeof title === "string" ? title : "";
}

function tableHtml({ rows = [], columns: named }: Partial<CardTable>, title: string): string {
  const columns = cardColumns({ rows, columns: named });
  const cell = (row: object, column: string): string => {
    const value: unknown = Reflect.get(Object(row), column);
    const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
    return `<td${typeof value === "number" ? ' class="n"' : ""}>${htmlText(text)}</td>`;
  };
  const body = rows.slice(0, rowLimit).map((row) => `<tr>${columns.map((column) => cell(row, column)).join("")}</tr>`);
  const isNumber = (column: string): boolean =>
    rows.every((row) => typeof Reflect.get(Object(row), column) === "number");
  const head = columns.map((column) => `<th${isNumber(column) ? ' class="n"' : ""}>${htmlText(column)}</th>`).join("");
  const more = rows.length > rowLimit ? `<p>${rows.length - rowLimit} more rows</p>` : "";
  const caption = title === "" ? "" : `<caption>${htmlText(title)}</caption>`;
  return `<table>${caption}<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>${more}`;
}

function chartHtml(spec: unknown): string {
  const json = JSON.stringify(spec);
  return `<figure class="chart"><pre>${htmlText(JSON.stringify(spec, null, 2))}</pre><script type="application/json">${json.replaceAll("<", "\\u003c")}</script></figure>`;
}

function imageHtml(base64: string, title: string): string {
  const caption = title === "" ? "" : `<figcaption>${htmlText(title)}</figcaption>`;
  return `<figure><img alt="${htmlText(title)}" src="data:${imageType(base64)};base64,${htmlText(base64)}">${caption}</figure>`;
}

// The first bytes say it: PNG, JPEG and SVG are what a card takes.
function imageType(base64: string): string {
  if (base64.startsWith("iVBOR")) return "image/png";
  if (base64.startsWith("/9j/")) return "image/jpeg";
  return "image/svg+xml";
}

function progressHtml(done: number, total: number): string {
  return `<p><progress value="${done}" max="${total}"></progress> ${done} of ${total}</p>`;
}

const style = `body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1f2328; background: #fff; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; } section > h1 { font-size: 1.05rem; } section { border-top: 1px solid #d1d9e0; margin-top: 1.5rem; }
table { border-collapse: collapse; margin: .75rem 0; font-variant-numeric: tabular-nums; } caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { text-align: left; padding: .2rem .75rem .2rem 0; border-bottom: 1px solid #d1d9e0; } th.n, td.n { text-align: right; }
figure { margin: .75rem 0; } img { max-width: 100%; } figcaption, h2 small { color: #59636e; } h2 small { font-weight: 400; }
pre, code { font: .9em ui-monospace, monospace; background: #f6f8fa; } pre { padding: .5rem .75rem; overflow-x: auto; max-height: 24rem; }`;

const drawing = `<script>
for (const figure of document.querySelectorAll(".chart")) {
  if (typeof vegaEmbed !== "function") continue;
  const place = document.createElement("div");
  const spec = JSON.parse(figure.querySelector("script").textContent);
  vegaEmbed(place, spec, { actions: false }).then(() => figure.querySelector("pre").replaceWith(place));
}
</script>`;

const libraries = [
  { name: "vega", file: "build/vega.min.js", address: "https://cdn.jsdelivr.net/npm/vega@5" },
  { name: "vega-lite", file: "build/vega-lite.min.js", address: "https://cdn.jsdelivr.net/npm/vega-lite@5" },
  { name: "vega-embed", file: "build/vega-embed.min.js", address: "https://cdn.jsdelivr.net/npm/vega-embed@6" },
] as const;

function libraryHtml({ name, file, address }: (typeof libraries)[number]): string {
  const path = installed(name, file);
  if (path === null) return `<script src="${address}"></script>`;
  const source = readFileSync(path, "utf8").replaceAll("</script", "<\\/script");
  return `<script>${source.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "")}</script>`;
}

/** A file of an optional package, the project's before our own; null where the package is not installed. */
function installed(name: string, file: string): string | null {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const all = [join(process.cwd(), "node_modules"), ...folders].map((folder) => join(folder, name, file));
  return all.find((path) => existsSync(path)) ?? null;
}
