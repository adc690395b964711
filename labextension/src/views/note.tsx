import { type JSX, useEffect, useRef } from "react";
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
      <DrawnByHost mimeType="application/vnd.vegalite.v5+json" data={spec} instead={path} />
    </figure>
  );
}

function DrawnByHost(props: {
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
