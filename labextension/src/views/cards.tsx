import type { JSX } from "react";
import type { CardPart, FlowCard } from "stemma/bundle";
import { Chart, Note } from "./note.tsx";
import { KeptTable } from "./run-media.tsx";
import { useSurroundings } from "./surroundings.ts";

/** What the steps of a flow show their reader. */
export function Cards(props: { readonly cards: readonly FlowCard[] }): JSX.Element {
  const { trans } = useSurroundings();
  return (
    <div className="jp-stemma-Cards">
      {props.cards.map(({ task, parts, madeBy }) => (
        <section key={task} className="jp-stemma-Card" aria-label={trans.__("Card of %1", task)}>
          <h4>
            {task}
            {madeBy === undefined ? null : (
              <span className="jp-stemma-quiet" title={madeBy}>
                {" "}
                {trans.__("kept, made by run %1", madeBy.slice(0, 8))}
              </span>
            )}
          </h4>
          {parts.map((part, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of a card are only added
            <Part key={at} part={part} step={task.replace(/ [\d.]+$/, "")} />
          ))}
        </section>
      ))}
    </div>
  );
}

function Part({ part, step }: { readonly part: CardPart; readonly step: string }): JSX.Element | null {
  const { trans } = useSurroundings();
  switch (part.kind) {
    case "markdown":
      return <Note text={part.text} />;
    case "table": {
      // A notebook saved by an earlier version names none.
      const columns = part.columns ?? [...new Set(part.rows.flatMap((row) => Object.keys(row)))];
      const cells = part.rows
        .slice(0, 20)
        .map((row) => columns.map((name) => cell((row as Record<string, unknown>)[name])));
      const table = {
        path: part.title ?? trans.__("Table"),
        rows: part.total ?? part.rows.length,
        columns,
        top: cells,
      };
      return <KeptTable table={table} url={null} />;
    }
    case "vega":
      return (
        <figure className="jp-stemma-Figure">
          <Chart spec={part.spec} instead={trans.__("A chart")} />
        </figure>
      );
    case "image":
      return (
        <figure className="jp-stemma-Image">
          {part.title === null ? null : <figcaption>{part.title}</figcaption>}
          <img
            src={`data:${pictureType(part.base64)};base64,${part.base64}`}
            alt={part.title ?? trans.__("A picture")}
          />
        </figure>
      );
    case "progress":
      return (
        <p className="jp-stemma-Card-progress">
          <progress max={part.total} value={part.done} /> {trans.__("%1 of %2", part.done, part.total)}
        </p>
      );
    default:
      return (
        <p className="jp-stemma-quiet">
          {trans.__("What is too large to show here is in the run's artifact cards/%1.html.", step)}
        </p>
      );
  }
}

function cell(value: unknown): string | number | boolean | null {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return value == null ? null : JSON.stringify(value);
}

// By its first bytes: an SVG in an <img> runs no script.
function pictureType(base64: string): string {
  if (base64.startsWith("iVBOR")) return "image/png";
  return base64.startsWith("/9j/") ? "image/jpeg" : "image/svg+xml";
}
