import { type JSX, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import type { PanelModel } from "../model/index.ts";
import { CopyWord, LongName, Notice, Trouble } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";
import { type Asked, useAnswer } from "./use-answer.ts";

/** Every row is as high: what is out of sight is not drawn. */
const rowHeight = 44;
/** Rows that are drawn above and below what is seen. */
const spare = 8;
const everyMs = 3_000;
/** Rows that one answer has, and how far the next answer's are from them. */
const pageRows = { limit: 160, step: 40 } as const;

/** The part of a list that is asked for. */
export interface Listed<T> extends Asked<T> {
  /** Says which row is the first in sight. */
  readonly look: (row: number) => void;
}

/** Asks for the rows in sight of a list of the panel's folder, for as long as somebody looks. */
export function useList<T>(model: PanelModel, path: string, filter: string): Listed<T> {
  const [place, setPlace] = useState({ filter, from: 0 });
  const from = place.filter === filter ? place.from : 0;
  const query = {
    ...{ folder: model.folder, filter, offset: String(from), limit: String(pageRows.limit) },
    turn: String(model.turn),
  };
  const asked = useAnswer<T>({ ask: model.ask, path, query, lasts: () => false, everyMs, standby: model.hidden });
  const look = (row: number): void => {
    const next = Math.max(0, Math.floor(row / pageRows.step) - 1) * pageRows.step;
    if (next !== from || place.filter !== filter) setPlace({ filter, from: next });
  };
  return { ...asked, look };
}

/** One row of a list. */
export interface ListRow {
  readonly key: string;
  readonly title: string;
  /** The whole name where the title is a part of it. */
  readonly full?: string;
  /** The second line. */
  readonly sub: string;
  /** To the right of the name. */
  readonly value: ReactNode;
  readonly tone: "quiet" | "failed" | "running" | "stale";
  readonly open: () => void;
}

export interface ListProps {
  readonly label: string;
  readonly placeholder: string;
  readonly filter: string;
  readonly setFilter: (text: string) => void;
  /** Null while they are loading. */
  readonly rows: LoadedRows | null;
  readonly look: (row: number) => void;
  /** A sentence for a list that has nothing, before any filter. */
  readonly empty: string;
  /** A cell that makes the first row. */
  readonly example?: string;
  /** Why there is no list, or none that is newer. */
  readonly trouble: string | null;
  readonly again: () => void;
}

/** The rows that are there, of all that the list has. */
interface LoadedRows {
  /** Place of the first in the list. */
  readonly from: number;
  readonly rows: readonly ListRow[];
  readonly total: number;
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

function ListBody({ rows, trouble, again, ...props }: ListProps): JSX.Element {
  const { trans } = useSurroundings();
  const { label, filter, setFilter, empty, example, look } = props;
  if (rows === null && trouble !== null) {
    const action = { label: trans.__("Try again"), run: again };
    return <Notice kind="failed" sentence={trouble} action={action} />;
  }
  if (rows === null) return <Notice sentence={trans.__("Loading…")} />;
  if (rows.total === 0 && filter !== "") {
    const action = { label: trans.__("Show all"), run: () => setFilter("") };
    return <Notice sentence={trans.__("Nothing matches the filter.")} action={action} />;
  }
  return (
    <>
      <Trouble message={trouble} again={again} />
      {rows.total === 0 ? (
        <Notice sentence={empty}>
          {example === undefined ? null : <CopyWord text={example}>{trans.__("Copy a cell that makes one")}</CopyWord>}
        </Notice>
      ) : (
        // Another filter is another list: from its top.
        <Rows key={filter} loaded={rows} label={label} look={look} />
      )}
    </>
  );
}

/** Only the rows that are in sight; arrow keys, Home and End go through all of them, loaded or not. */
function Rows(props: {
  readonly loaded: LoadedRows;
  readonly label: string;
  readonly look: (row: number) => void;
}): JSX.Element {
  const { from: first, rows, total } = props.loaded;
  const node = useRef<HTMLUListElement>(null);
  const [seen, setSeen] = useState({ from: 0, to: 40 });
  const [current, setCurrent] = useState(0);
  const moved = useRef(false);
  const look = (): void => {
    const { scrollTop = 0, clientHeight = 800 } = node.current ?? {};
    const from = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
    const to = Math.ceil((scrollTop + clientHeight) / rowHeight) + spare;
    setSeen((before) => (before.from === from && before.to === to ? before : { from, to }));
    props.look(from);
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
    const next = rowAfter(event.key, current, total);
    if (next === null) return;
    event.preventDefault();
    setCurrent(next);
    moved.current = true;
    if (node.current !== null) bringInto(node.current, next);
  };
  const [from, to] = [Math.min(seen.from, total), Math.min(seen.to, total)];
  const shown = rows.slice(Math.max(0, from - first), Math.max(0, to - first));
  const above = Math.max(from, Math.min(first, to));
  // A row that is gone (a list that became shorter) leaves the way in by the Tab key to the last one.
  const reachable = Math.min(current, total - 1);
  return (
    <ul className="jp-stemma-Rows" ref={node} aria-label={props.label} onScroll={look} onKeyDown={go}>
      <li aria-hidden style={{ height: above * rowHeight }} />
      {shown.map((row, index) => (
        <Row key={row.key} row={row} at={above + index} size={total} current={reachable} />
      ))}
      <li aria-hidden style={{ height: Math.max(0, total - above - shown.length) * rowHeight }} />
    </ul>
  );
}

/** The row that a key leads to; null for a key that leads nowhere. */
function rowAfter(key: string, current: number, total: number): number | null {
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -total, End: total };
  const by = steps[key as keyof typeof steps];
  return by === undefined ? null : Math.min(total - 1, Math.max(0, current + by));
}

function bringInto(place: HTMLElement, row: number): void {
  const [top, bottom] = [row * rowHeight, (row + 1) * rowHeight];
  if (top < place.scrollTop) place.scrollTop = top;
  else if (bottom > place.scrollTop + place.clientHeight) place.scrollTop = bottom - place.clientHeight;
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
        title={`${row.full ?? row.title}\n${row.sub}`}
        onClick={row.open}
      >
        <span className="jp-stemma-Row-title">
          <LongName text={row.title} />
        </span>
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
export function listOf<T extends { readonly total: number }>(
  { answered, again, look }: Listed<T>,
  rows: (value: T) => readonly ListRow[],
): Pick<ListProps, "rows" | "trouble" | "again" | "look"> {
  if (answered.kind === "failed") return { rows: null, trouble: answered.message, again, look };
  if (answered.kind === "loading") return { rows: null, trouble: null, again, look };
  const { value, query, trouble } = answered;
  return { rows: { from: Number(query["offset"]), rows: rows(value), total: value.total }, trouble, again, look };
}
