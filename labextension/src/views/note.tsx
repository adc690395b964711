import { type JSX, useEffect, useRef, useState } from "react";
import type { FigureView } from "stemma/bundle";
import { useSurroundings } from "./surroundings.ts";

/** A note in Markdown, drawn and sanitised by JupyterLab as a cell's would be; as its text where that cannot be. */
export function Note(props: { readonly text: string }): JSX.Element {
  const { trans } = useSurroundings();
  return (
    <section className="jp-stemma-Note" aria-label={trans.__("Note")}>
      <DrawnByHost mimeType="text/markdown" data={props.text} instead={props.text} />
    </section>
  );
}

/** A kept Vega-Lite chart, drawn by JupyterLab's own Vega; its name where that is not to be had. */
export function Figure(props: { readonly figure: FigureView }): JSX.Element {
  const { path, spec } = props.figure;
  const name = path.replace(/\.vl\.json$/, "");
  return (
    <figure className="jp-stemma-Figure">
      <figcaption title={path}>{name}</figcaption>
      <Chart spec={spec} instead={path} />
    </figure>
  );
}

/** A Vega-Lite chart in the colours of the theme where its specification says none. */
export function Chart(props: { readonly spec: object; readonly instead: string }): JSX.Element {
  const dark = useDark();
  const { spec, instead } = props;
  return <DrawnByHost mimeType="application/vnd.vegalite.v5+json" data={themed(spec, dark)} instead={instead} />;
}

const isDark = (): boolean => document.body.dataset["jpThemeLight"] === "false";

/** Whether JupyterLab is dark now. */
function useDark(): boolean {
  const [dark, setDark] = useState(isDark);
  useEffect(() => {
    const observer = new MutationObserver(() => setDark(isDark()));
    observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
    return () => observer.disconnect();
  }, []);
  return dark;
}

// Vega draws on a canvas or in SVG that knows no CSS variables: the colours have to stand in the specification.
function themed(spec: object, dark: boolean): object {
  const style = getComputedStyle(document.body);
  const colour = (name: string, other: string): string => style.getPropertyValue(name).trim() || other;
  const text = colour("--jp-ui-font-color1", dark ? "#e0e0e0" : "#212121");
  const line = colour("--jp-border-color2", dark ? "#616161" : "#e0e0e0");
  const quiet = { labelColor: text, titleColor: text, gridColor: line, domainColor: line, tickColor: line };
  const own = "config" in spec && typeof spec.config === "object" ? spec.config : {};
  const config = {
    background: "transparent",
    axis: quiet,
    legend: { labelColor: text, titleColor: text },
    title: { color: text, subtitleColor: text },
    header: { labelColor: text, titleColor: text },
    view: { stroke: line },
    ...own,
  };
  return { ...spec, config };
}

export function DrawnByHost(props: {
  readonly mimeType: string;
  readonly data: unknown;
  readonly instead: string;
}): JSX.Element {
  const { draw } = useSurroundings();
  const node = useRef<HTMLDivElement>(null);
  const { mimeType, instead } = props;
  const data = JSON.stringify(props.data);
  useEffect(() => {
    const place = node.current;
    if (place === null || draw === null) return;
    // A place without the renderer (no Vega installed) shows the text that stands there already.
    const drawn = attempt(() => draw(mimeType, JSON.parse(data)));
    if (drawn === null) return;
    void drawn.ready.then(() => place.replaceChildren(drawn.node)).catch(() => place.replaceChildren(instead));
    return () => drawn.dispose();
  }, [mimeType, data, instead, draw]);
  return <div ref={node}>{instead}</div>;
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    console.warn("Stemma: JupyterLab draws no such thing here.", error);
    return null;
  }
}
