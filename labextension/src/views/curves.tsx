import { type JSX, useEffect, useMemo, useRef, useState } from "react";
import type { CurveSeries, RunRow } from "stemma/bundle";
import { curvePaths, curveSpec, type NamedSeries } from "../drawing/index.ts";
import { sharingColour } from "../model/index.ts";
import { seriesColour, Word } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";
import { useWidth } from "./use-width.ts";

interface CurvesProps {
  readonly curves: readonly Curve[];
  readonly runs: readonly RunRow[];
  /** Run with the best value by metric, marked at its name. */
  readonly best?: Readonly<Record<string, string | null>>;
}

export interface Curve {
  readonly metric: string;
  readonly series: readonly CurveSeries[];
}

/** The curves of one metric at a time; the others a word away. */
export function Curves(props: CurvesProps): JSX.Element | null {
  const { trans } = useSurroundings();
  const [chosen, choose] = useState<string | null>(null);
  const curves = props.curves.filter((curve) => curve.series.length > 0);
  const curve = curves.find(({ metric }) => metric === chosen) ?? curves[0];
  if (curve === undefined) return null;
  return (
    <section className="jp-stemma-Curves" aria-label={trans.__("Curves of %1", curve.metric)}>
      {curves.length < 2 ? null : (
        <div className="jp-stemma-Curves-metrics">
          {curves.map(({ metric }) => (
            <Word key={metric} on={metric === curve.metric} onClick={() => choose(metric)}>
              {metric}
            </Word>
          ))}
        </div>
      )}
      <Chart metric={curve.metric} series={named(curve.series, props.runs, props.best?.[curve.metric] ?? null)} />
    </section>
  );
}

function named(series: readonly CurveSeries[], runs: readonly RunRow[], best: string | null): readonly NamedSeries[] {
  const rows = new Map(runs.map((run) => [run.id, run]));
  const sharing = sharingColour(runs);
  return series.map((one) => {
    const row = rows.get(one.run);
    const name = `${row?.name ?? one.run.slice(0, 8)}${one.run === best ? " ★" : ""}`;
    return { ...one, name, colour: seriesColour(row?.colour ?? 0), dashed: sharing.has(one.run) };
  });
}

const height = 150;

/** A Vega-Lite chart; our own lines stand there until Vega has come, and stay where it cannot. */
function Chart(props: { readonly metric: string; readonly series: readonly NamedSeries[] }): JSX.Element {
  const node = useRef<HTMLDivElement>(null);
  const width = useWidth(node);
  const [drawn, setDrawn] = useState(false);
  const data = JSON.stringify([props.metric, props.series, width]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `data` is the text of everything the spec is made of
  const spec = useMemo(() => curveSpec(props.metric, props.series, { width, height }), [data]);
  useEffect(() => {
    const place = node.current;
    if (place === null || width < 60) return;
    let wanted = true;
    void drawVega(place, spec, () => wanted).then((done) => wanted && setDrawn(done));
    return () => {
      wanted = false;
    };
  }, [spec, width]);
  return (
    <div className="jp-stemma-Chart" data-metric={props.metric} data-drawn={drawn ? "vega" : "plain"}>
      {drawn ? null : <PlainChart series={props.series} width={width} />}
      <div className="jp-stemma-Chart-vega" ref={node} />
    </div>
  );
}

/** Draws aside and swaps, so that an update does not flicker; false when Vega is not to be had. */
async function drawVega(place: HTMLElement, spec: object, wanted: () => boolean): Promise<boolean> {
  try {
    const { default: embed } = await import("vega-embed");
    const aside = document.createElement("div");
    const result = await embed(aside, spec as Parameters<typeof embed>[1], {
      actions: false,
      renderer: "svg",
      tooltip: true,
    });
    if (!wanted()) {
      result.finalize();
      return false;
    }
    place.replaceChildren(aside);
    return true;
  } catch (error) {
    console.warn("Stemma: the chart is drawn without Vega.", error);
    return false;
  }
}

function PlainChart(props: { readonly series: readonly NamedSeries[]; readonly width: number }): JSX.Element {
  const box = { width: Math.max(60, props.width - 140), height };
  const paths = curvePaths(props.series, box);
  return (
    <svg className="jp-stemma-Chart-plain" width={box.width} height={height + 30} aria-hidden>
      {props.series.map((one) => (
        <path
          key={one.run}
          className={one.dashed ? "jp-mod-dashed" : undefined}
          d={paths.get(one.run)}
          style={{ stroke: one.colour }}
        />
      ))}
    </svg>
  );
}
