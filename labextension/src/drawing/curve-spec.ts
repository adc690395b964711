import type { CurveSeries } from "stemma/bundle";
import { labelPlaces } from "./label-places.ts";

/** One curve with the name and colour of its run. */
export interface NamedSeries extends CurveSeries {
  readonly name: string;
  /** A CSS colour, `var(--…)` too: the chart is SVG, so a change of theme needs no redraw. */
  readonly colour: string;
  /** Whether another curve has the colour too. */
  readonly dashed: boolean;
}

export interface ChartSize {
  /** All of the chart, axis and names included, in px. */
  readonly width: number;
  readonly height: number;
}

/** Height of a name at the end of its curve, in px. */
const nameGap = 13;
const axisWidth = 52;

interface Extent {
  readonly steps: readonly [number, number];
  readonly values: readonly [number, number];
}

/** A Vega-Lite 5 spec of the curves of one metric: names at the line ends instead of a legend, moved apart where they would touch. */
export function curveSpec(
  metric: string,
  series: readonly NamedSeries[],
  size: ChartSize,
): Readonly<Record<string, unknown>> {
  const { steps, values } = extentOf(series);
  const names = Math.min(150, 14 + 6.6 * Math.max(0, ...series.map((one) => [...one.name].length)));
  const colour = {
    field: "run",
    type: "nominal",
    scale: { domain: series.map((one) => one.run), range: series.map((one) => one.colour) },
    legend: null,
  };
  const dash = {
    field: "run",
    type: "nominal",
    scale: { domain: series.map((one) => one.run), range: series.map((one) => (one.dashed ? [5, 3] : [1, 0])) },
    legend: null,
  };
  const y = { type: "quantitative", scale: { domain: values, nice: false, zero: false } };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    width: Math.max(80, Math.floor(size.width - axisWidth - names)),
    height: size.height,
    padding: { left: 0, right: 0, top: 4, bottom: 0 },
    background: null,
    data: { values: pointRows(series) },
    encoding: {
      x: { field: "step", type: "quantitative", title: "step", scale: { domain: steps, nice: false }, axis: stepAxis },
      color: colour,
    },
    layer: [
      {
        ...lineLayer,
        encoding: {
          y: { ...y, field: "value", axis: valueAxis(metric) },
          opacity: faded,
          strokeDash: dash,
          tooltip: { field: "name" },
        },
      },
      {
        ...nameLayer,
        data: { values: nameRows(series, values, size.height) },
        encoding: { x: { field: "step", type: "quantitative" }, y: { ...y, field: "place" }, text: { field: "name" } },
      },
    ],
    config: { view: { stroke: null }, font: "var(--jp-ui-font-family)" },
  };
}

const faded = { condition: { param: "hover", value: 1 }, value: 0.2 };

const lineLayer = {
  params: [{ name: "hover", select: { type: "point", fields: ["run"], on: "pointerover", clear: "pointerout" } }],
  mark: { type: "line", strokeWidth: 1.8, interpolate: "linear", clip: false },
} as const;

const nameLayer = {
  mark: { type: "text", align: "left", baseline: "middle", dx: 6, fontSize: 11, limit: 140, clip: false },
} as const;

const quietText = {
  labelColor: "var(--jp-ui-font-color2)",
  titleColor: "var(--jp-ui-font-color2)",
  titleFontWeight: "normal",
  labelFontSize: 11,
  titleFontSize: 11,
};

const stepAxis = {
  ...quietText,
  grid: false,
  ticks: false,
  labelPadding: 6,
  tickCount: 6,
  titleAnchor: "end",
  titlePadding: 4,
  domainColor: "var(--jp-border-color1)",
};

function valueAxis(metric: string): Readonly<Record<string, unknown>> {
  return {
    ...quietText,
    title: metric,
    titleAngle: 0,
    titleAlign: "left",
    titleAnchor: "end",
    titleX: 0,
    titleY: -8,
    titleBaseline: "bottom",
    domain: false,
    ticks: false,
    tickCount: 4,
    labelPadding: 6,
    minExtent: axisWidth - 10,
    maxExtent: axisWidth - 10,
    gridColor: "var(--jp-border-color3)",
  };
}

/** The steps and values that the curves span; one value alone gets room around it. */
export function extentOf(series: readonly CurveSeries[]): Extent {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { points } of series) {
    for (const [step, value] of points) {
      [left, right] = [Math.min(left, step), Math.max(right, step)];
      [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  }
  if (left > right) return { steps: [0, 1], values: [0, 1] };
  const around = high > low ? (high - low) * 0.04 : Math.abs(high) * 0.1 || 1;
  return { steps: [left, right > left ? right : left + 1], values: [low - around, high + around] };
}

function pointRows(series: readonly NamedSeries[]): readonly object[] {
  return series.flatMap(({ run, name, points }) => points.map(([step, value]) => ({ run, name, step, value })));
}

function nameRows(series: readonly NamedSeries[], values: Extent["values"], height: number): readonly object[] {
  const perPx = (values[1] - values[0]) / height;
  const ends = series.flatMap(({ run, points }) => {
    const last = points.at(-1);
    return last === undefined ? [] : [{ key: run, at: (values[1] - last[1]) / perPx, step: last[0] }];
  });
  const places = labelPlaces(ends, { gap: nameGap, height });
  const right = Math.max(...ends.map((end) => end.step));
  return series.flatMap(({ run, name }) => {
    const place = places.get(run);
    return place === undefined ? [] : [{ run, name, step: right, place: values[1] - place * perPx }];
  });
}
