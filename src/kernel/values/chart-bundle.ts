import type { MimeBundle } from "../../host/index.ts";
import { method } from "./method.ts";

/** `https://vega.github.io/schema/vega-lite/v5.json`, and what older versions of it are called. */
const schema = /\/schema\/(vega|vega-lite)\/v(\d+)(?:\.\d+)*\.json$/;

/**
 * A Vega or Vega-Lite chart: a specification with its `$schema`, or an object whose `toSpec()` gives one, as charts of
 * vega-lite-api have it.
 */
export function chartBundle(value: object): MimeBundle | null {
  const spec = specOf(value) ?? specOf(method(value, "toSpec")?.());
  if (spec === null) return null;
  const [, kind = "vega-lite", version = "5"] = schema.exec(String(spec["$schema"])) ?? [];
  return { [mimeType(kind, Number(version))]: spec, "text/plain": words(kind, spec) };
}

function specOf(value: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof value !== "object" || value === null) return null;
  const spec = value as Readonly<Record<string, unknown>>;
  const address: unknown = spec["$schema"];
  return typeof address === "string" && schema.test(address) ? spec : null;
}

// JupyterLab draws vega 3 to 5 and vega-lite 1 to 5, the later by vega-embed 6, which takes newer specs with a warning.
function mimeType(kind: string, version: number): string {
  return kind === "vega"
    ? "application/vnd.vega.v5+json"
    : `application/vnd.vegalite.v${Math.max(3, Math.min(5, version))}+json`;
}

/** For whoever reads text only. */
function words(kind: string, spec: Readonly<Record<string, unknown>>): string {
  const mark: unknown = Object(spec["mark"])["type"] ?? spec["mark"];
  const rows: unknown = Object(spec["data"])["values"];
  const title: unknown = Object(spec["title"])["text"] ?? spec["title"];
  const facts = [
    typeof mark === "string" ? `mark ${mark}` : "",
    Array.isArray(rows) ? `${rows.length.toLocaleString("en")} rows` : "",
  ].filter((fact) => fact !== "");
  const name = `${kind === "vega" ? "Vega" : "Vega-Lite"} chart`;
  return `${name}${typeof title === "string" ? ` "${title}"` : ""}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}`;
}
