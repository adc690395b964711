import { type JSX, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import type { PanelModel } from "../model/index.ts";
import { Notice } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";
import { type Asked, useAnswer } from "./use-answer.ts";

/** Every row is as high: what is out of sight is not drawn. */
const rowHeight = 44;
/** Rows that are drawn above and below what is seen. */
const spare = 8;
const everyMs = 3_000;

/** Asks for a list of the panel's folder for as long as somebody looks. */
export function useList<T>(model: PanelModel, path: string, filter: string): Asked<T> {
  const query = { folder: model.folder, filter, limit: "2000", turn: String(model.turn) };
  return useAnswer<T>({ ask: model.ask, path, query, lasts: () => false, everyMs, standby: model.hidden });
}

/** One row of a list. */
export interface ListRow {
  readonly key: string;
  readonly title: string;
  /** The second line. */
  readonly sub: string;
  /** To the right of the name. */
  readonly value: ReactNode;
  readonly tone: "quiet" | "failed" | "running";
  readonly open: () => void;
}

export interface ListProps {
  readonly label: string;
  readonly placeholder: string;
  readonly filter: string;
  readonly setFilter: (text: string) => void;
  /** Null while they are loading. */
  readonly rows: readonly ListRow[] | null;
  /** Rows that there are, which may be more. */
  readonly total: number;
  /** A sentence for a list that has nothing, before any filter. */
  readonly empty: string;
  /** Why there is no list. */
  readonly failure: { readonly message: string; readonly again: () => void } | null;
}

/** A list with a filter above it. */
export function ListView(props: ListProps): JSX.Element {
  const { filter, setFilter } = props;
  return (
    <>
      <div className="jp-stemma-Filter">
        <input
          type="search"
          aria-label={props.label}
          placeholder={props.placeholder}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      <ListBody {...props} />
    </>
  );
}

function ListBody({ label, rows, total, filter, setFilter, empty, failure }: ListProps): JSX.Element {
  const { trans } = useSurroundings();
  if (failure !== null) {
    const action = { label: trans.__("Try again"), run: failure.again };
    return <Notice kind="failed" sentence={failure.message} action={action} />;
  }
  if (rows === null) return <Notice sentence={trans.__("Loading…")} />;
  if (rows.length === 0 && filter !== "") {
    const action = { label: trans.__("Show all"), run: () => setFilter("") };
    return <Notice sentence={trans.__("Nothing matches the filter.")} action={action} />;
  }
  if (rows.length === 0) return <Notice sentence={empty} />;
  const more = total > rows.length ? trans.__("%1 of %2; filter to see others", rows.length, total) : "";
  return (
    <>
      <Rows rows={rows} label={label} />
      {more === "" ? null : <p className="jp-stemma-Rows-more">{more}</p>}
    </>
  );
}

/** Only the rows that are in sight; arrow keys, Home and End go through all of them. */
function Rows(props: { readonly rows: readonly ListRow[]; readonly label: string }): JSX.Element {
  const { rows, label } = props;
  const node = useRef<HTMLUListElement>(null);
  const [seen, setSeen] = useState({ from: 0, to: 40 });
  const [current, setCurrent] = useState(0);
  const moved = useRef(false);
  const look = (): void => {
    const { scrollTop = 0, clientHeight = 800 } = node.current ?? {};
    const from = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
    const to = Math.ceil((scrollTop + clientHeight) / rowHeight) + spare;
    setSeen((before) => (before.from === from && before.to === to ? before : { from, to }));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another size of the place is another view of it
  useEffect(() => {
    const place = node.current;
    if (place === null) return;
    const observer = new ResizeObserver(look);
    observer.observe(place);
    return () => observer.disconnect();
  }, []);
  // A row that was out of sight is there only after the list has been drawn again.
  useEffect(() => {
    const row = moved.current ? node.current?.querySelector<HTMLElement>(`[data-at="${current}"]`) : null;
    if (row == null) return;
    moved.current = false;
    row.focus();
  });
  const go = (event: KeyboardEvent): void => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -rows.length, End: rows.length };
    const by = steps[event.key as keyof typeof steps];
    if (by === undefined) return;
    event.preventDefault();
    const next = Math.min(rows.length - 1, Math.max(0, current + by));
    setCurrent(next);
    moved.current = true;
    const place = node.current;
    if (place === null) return;
    const [top, bottom] = [next * rowHeight, (next + 1) * rowHeight];
    if (top < place.scrollTop) place.scrollTop = top;
    else if (bottom > place.scrollTop + place.clientHeight) place.scrollTop = bottom - place.clientHeight;
  };
  const shown = rows.slice(seen.from, seen.to);
  return (
    <ul className="jp-stemma-Rows" ref={node} aria-label={label} onScroll={look} onKeyDown={go}>
      <li aria-hidden style={{ height: seen.from * rowHeight }} />
      {shown.map((row, index) => (
        <Row key={row.key} row={row} at={seen.from + index} size={rows.length} current={current} />
      ))}
      <li aria-hidden style={{ height: Math.max(0, rows.length - seen.to) * rowHeight }} />
    </ul>
  );
}

function Row(props: {
  readonly row: ListRow;
  readonly at: number;
  readonly size: number;
  readonly current: number;
}): JSX.Element {
  const { row, at } = props;
  return (
    <li className={`jp-stemma-Row jp-mod-${row.tone}`} aria-setsize={props.size} aria-posinset={at + 1}>
      <button
        type="button"
        data-at={at}
        data-key={row.key}
        tabIndex={at === props.current ? 0 : -1}
        title={`${row.title}\n${row.sub}`}
        onClick={row.open}
      >
        <span className="jp-stemma-Row-title">{row.title}</span>
        <span className="jp-stemma-Row-value">{row.value}</span>
        <span className="jp-stemma-Row-sub">{row.sub}</span>
      </button>
    </li>
  );
}

/** What stands in place of a list: one thing of it, and the way back. */
export function Detail(props: {
  readonly title: string;
  readonly back: string;
  readonly onBack: () => void;
  readonly children: ReactNode;
}): JSX.Element {
  const node = useRef<HTMLButtonElement>(null);
  useEffect(() => node.current?.focus(), []);
  return (
    <section
      className="jp-stemma-Detail"
      aria-label={props.title}
      onKeyDown={(event) => (event.key === "Escape" ? props.onBack() : undefined)}
    >
      <button type="button" ref={node} className="jp-stemma-Word" onClick={props.onBack}>
        ← {props.back}
      </button>
      <h3 title={props.title}>{props.title}</h3>
      {props.children}
    </section>
  );
}

/** The rows of an answer, and what to say where there is none. */
export function listOf<T>(
  { answered, again }: Asked<T>,
  rows: (value: T) => readonly ListRow[],
): Pick<ListProps, "rows" | "failure"> {
  if (answered.kind === "failed") return { rows: null, failure: { message: answered.message, again } };
  return { rows: answered.kind === "ready" ? rows(answered.value) : null, failure: null };
}
