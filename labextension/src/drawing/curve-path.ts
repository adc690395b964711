import type { CurveSeries } from "stemma/bundle";
import { extentOf } from "./curve-spec.ts";

export interface Box {
  readonly width: number;
  readonly height: number;
}

/** SVG paths of curves that share one scale, by run: for the lines in a table, and for charts until Vega is there. */
export function curvePaths(series: readonly CurveSeries[], box: Box): ReadonlyMap<string, string> {
  const { steps, values } = extentOf(series);
  const x = (step: number): number => ((step - steps[0]) / (steps[1] - steps[0])) * box.width;
  const y = (value: number): number => ((values[1] - value) / (values[1] - values[0])) * box.height;
  return new Map(
    series.map(({ run, points }) => [
      run,
      `M${points.map(([step, value]) => `${px(x(step))},${px(y(value))}`).join("L")}`,
    ]),
  );
}

function px(value: number): string {
  return value.toFixed(1);
}
