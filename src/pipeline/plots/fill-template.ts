import { PipelineError } from "../pipeline-error.ts";
import type { PlotData } from "./datapoints.ts";
import type { TemplateValue } from "./vega-templates.ts";

/** A template with a plot's data in it. */
export interface FilledPlot {
  readonly content: TemplateValue;
  /** With `split`: what belongs to the anchors that were left. */
  readonly anchors: Readonly<Record<string, TemplateValue>>;
}

export interface FillOptions {
  readonly title: string;
  /** The revisions that have data, in the order they were asked for. */
  readonly revisions: readonly string[];
  /** Leaves the anchors that a viewer fills by itself: data, sizes, colours, titles. */
  readonly split: boolean;
}

const splitAnchors = new Set(
  "color data plot_height plot_width shape stroke_dash title tooltip x_label y_label zoom_and_pan".split(" "),
);
const ranges: Readonly<Record<string, readonly TemplateValue[]>> = {
  stroke_dash: [
    [1, 0],
    [8, 8],
    [8, 4],
    [4, 4],
    [4, 2],
    [2, 1],
    [1, 1],
  ],
  color: ["#945dd6", "#13adc7", "#f46837", "#48bb78", "#4299e1", "#ed8936", "#f56565"],
  shape: ["circle", "square", "triangle", "diamond"],
};

/** Fills a template of DVC's (dvc_render/vega.py). @throws {PipelineError} a column that no row has, a template without a place for data */
export function fillTemplate(template: TemplateValue, data: PlotData, options: FillOptions): FilledPlot {
  const filler = new Filler(template, data, options);
  return filler.fill();
}

class Filler {
  private content: TemplateValue;
  private readonly data: PlotData;
  private readonly options: FillOptions;
  private readonly anchors: Record<string, TemplateValue> = {};

  constructor(template: TemplateValue, data: PlotData, options: FillOptions) {
    this.content = template;
    this.data = data;
    this.options = options;
  }

  fill(): FilledPlot {
    const { props } = this.data;
    for (const axis of ["x", "y"]) {
      const field = props.get(axis);
      if (typeof field === "string" && field !== "" && !this.data.rows.some((row) => row.has(field))) {
        throw new PipelineError(`Field '${field}' does not exist in provided data.`);
      }
    }
    const varied = this.optional();
    const given = (name: string): TemplateValue => (props.get(name) ?? null) as TemplateValue;
    this.named("title", given("title") ?? this.options.title);
    for (const axis of ["x", "y"]) this.named(axis, escaped(given(axis)));
    for (const axis of ["x", "y"]) this.named(`${axis}_label`, given(`${axis}_label`) ?? given(axis));
    if (!this.split("data") && !this.has("data")) {
      throw new PipelineError("The template has no place for the data: <DVC_METRIC_DATA>");
    }
    this.named("data", this.rows(varied));
    return { content: this.content, anchors: this.anchors };
  }

  private named(name: string, value: TemplateValue): void {
    if (value === null) return;
    this.put(name, value);
  }

  private put(name: string, value: TemplateValue): void {
    if (this.split(name)) this.anchors[anchor(name)] = value;
    else this.content = replaced(this.content, anchor(name), value);
  }

  private split(name: string): boolean {
    return this.options.split && splitAnchors.has(name);
  }

  private has(name: string): boolean {
    return holds(this.content, anchor(name));
  }

  /** Anchors that a template may have. Gives the columns by which several sources differ; null when there was nothing to fill. */
  private optional(): readonly string[] | null {
    const names =
      "color column group_by_x group_by_y group_by pivot_field plot_height plot_width row shape stroke_dash tooltip zoom_and_pan";
    const open = new Set(names.split(" ").filter((name) => this.has(name)));
    if (open.size === 0) return null;
    const fill = (name: string, value: TemplateValue): void => {
      if (open.delete(name)) this.put(name, value);
    };
    fill("color", mapping("rev", "color", this.options.revisions));
    fill("zoom_and_pan", { name: "grid", select: "interval", bind: "scales" });
    fill("plot_height", 300);
    fill("plot_width", 300);
    const varied = variedColumns(this.data.sources);
    const column = varied.join("::");
    const single = this.data.sources.length <= 1;
    this.grouping(fill, single ? ["rev"] : ["rev", column]);
    this.tooltip(fill, single ? [] : [column]);
    if (single) {
      fill("pivot_field", "datum.rev");
      for (const name of open) this.content = replaced(this.content, anchor(name), {});
      return [];
    }
    fill("pivot_field", ["rev", ...varied].map((key) => `datum.${key}`).join(" + '::' + "));
    fill("row", { field: column, sort: [] });
    fill("column", { field: column, sort: [] });
    const domain = this.domain(varied);
    for (const name of ["stroke_dash", "shape"]) fill(name, mapping(column, name, domain));
    return varied;
  }

  private grouping(fill: (name: string, value: TemplateValue) => void, by: readonly string[]): void {
    const { props } = this.data;
    fill("group_by", by);
    fill("group_by_x", [...by, (props.get("x") ?? null) as TemplateValue]);
    fill("group_by_y", [...by, (props.get("y") ?? null) as TemplateValue]);
  }

  private tooltip(fill: (name: string, value: TemplateValue) => void, more: readonly string[]): void {
    const { props } = this.data;
    const axes = [props.get("x") ?? null, props.get("y") ?? null] as readonly TemplateValue[];
    fill(
      "tooltip",
      ["rev", ...axes, ...more].map((field) => ({ field })),
    );
  }

  private domain(varied: readonly string[]): readonly string[] {
    const both = varied.length === 2;
    const names = this.data.sources.map((source) =>
      both ? `${source.filename}::${source.field}` : varied[0] === "field" ? source.field : source.filename,
    );
    return [...new Set(names)].toSorted((a, b) => (a < b ? -1 : 1));
  }

  private rows(varied: readonly string[] | null): readonly TemplateValue[] {
    return this.data.rows.map((row) => {
      const point = new Map<string, unknown>(row);
      if (varied?.length === 2) point.set("filename::field", `${row.get("filename")}::${row.get("field")}`);
      const gone =
        varied === null
          ? []
          : varied.length === 2
            ? varied
            : ["filename", "field"].filter((key) => !varied.includes(key));
      for (const key of gone) point.delete(key);
      return point;
    });
  }
}

function anchor(name: string): string {
  return `<DVC_METRIC_${name.toUpperCase()}>`;
}

function variedColumns(sources: PlotData["sources"]): readonly string[] {
  return (["filename", "field"] as const).filter((key) => new Set(sources.map((source) => source[key])).size > 1);
}

function mapping(field: string, name: string, domain: readonly string[]): TemplateValue {
  const all = ranges[name] ?? [];
  const range = domain.map((_, i) => all[i % all.length] ?? null);
  const legend = name === "color" ? {} : { legend: { symbolFillColor: "transparent", symbolStrokeColor: "grey" } };
  return { field, scale: { domain, range }, ...legend };
}

// In Vega-Lite a field with these is a path.
function escaped(field: TemplateValue): TemplateValue {
  return typeof field === "string" ? field.replace(/[.[\]]/g, "\\$&") : field;
}

function replaced(value: TemplateValue, name: string, by: TemplateValue): TemplateValue {
  if (Array.isArray(value))
    return value.map((item: TemplateValue) =>
      typeof item === "string" ? (item === name ? by : item) : replaced(item, name, by),
    );
  if (value instanceof Map) return value;
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, replaced(item as TemplateValue, name, by)]),
    );
  }
  if (value === name) return by;
  const inside = typeof value === "string" && typeof by === "string" && value.includes(name);
  return inside ? (value as string).replaceAll(name, by as string) : value;
}

function holds(value: TemplateValue, name: string): boolean {
  if (Array.isArray(value)) return value.some((item: TemplateValue) => holds(item, name));
  if (typeof value === "object" && value !== null)
    return Object.values(value).some((item) => holds(item as TemplateValue, name));
  return value === name;
}
