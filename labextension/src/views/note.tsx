import { type JSX, useEffect, useRef } from "react";
import { useSurroundings } from "./surroundings.ts";

/** A note in Markdown, drawn and sanitised by JupyterLab as a cell's would be; as its text where that cannot be. */
export function Note(props: { readonly text: string }): JSX.Element {
  const { trans, markdown } = useSurroundings();
  const node = useRef<HTMLDivElement>(null);
  const { text } = props;
  useEffect(() => {
    const place = node.current;
    if (place === null || markdown === null) return;
    const drawn = markdown(text);
    void drawn.ready.then(() => place.replaceChildren(drawn.node)).catch(() => place.replaceChildren(text));
    return () => drawn.dispose();
  }, [text, markdown]);
  return (
    <section className="jp-stemma-Note" aria-label={trans.__("Note")}>
      <div ref={node}>{text}</div>
    </section>
  );
}
