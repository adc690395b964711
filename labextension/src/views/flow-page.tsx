import { type JSX, useState } from "react";
import { type FlowLogAnswer, type FlowRunAnswer, type FlowTry, formatDuration } from "stemma/bundle";
import type { Ask } from "../model/index.ts";
import { FlowStanding } from "./flow-view.tsx";
import { Chip, Notice, Trouble, Word } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";
import { useAnswer } from "./use-answer.ts";

const everyMs = 2_000;
const firstRows = 50;

interface PageProps {
  readonly ask: Ask;
  readonly folder: string;
  readonly run: string;
}

/** The page of a run of a flow: how it stands, its cards, and each try of each task with its log. */
export function FlowPage(props: PageProps): JSX.Element {
  const { trans } = useSurroundings();
  const { ask, folder, run } = props;
  const lasts = (answer: FlowRunAnswer): boolean => answer.run.state !== "running";
  const query = { folder, limit: "2000" };
  const { answered, again } = useAnswer<FlowRunAnswer>({ ask, path: `panel/flows/${run}`, query, lasts, everyMs });
  if (answered.kind === "loading") return <Notice sentence={trans.__("Loading…")} />;
  if (answered.kind === "failed") {
    return <Notice kind="failed" sentence={answered.message} action={{ label: trans.__("Try again"), run: again }} />;
  }
  const { view, tries, total, run: row } = answered.value;
  return (
    <div className="jp-stemma-Page">
      <Trouble message={answered.trouble} again={again} />
      <FlowStanding view={view} params={row.params} />
      <Failure error={view.error} />
      <Tries {...props} tries={tries} total={total} />
    </div>
  );
}

/** Where it failed, with what inputs: under a cell the kernel tells it, here nobody else does. */
function Failure(props: { readonly error: string | null }): JSX.Element | null {
  const { trans } = useSurroundings();
  const [, ...lines] = props.error?.split("\n") ?? [];
  if (lines.length === 0) return null;
  return (
    <section aria-label={trans.__("Where it failed")}>
      <pre className="jp-stemma-Log jp-stemma-Failure">{lines.join("\n")}</pre>
    </section>
  );
}

function Tries(props: PageProps & { readonly tries: readonly FlowTry[]; readonly total: number }): JSX.Element {
  const { trans } = useSurroundings();
  const [filter, setFilter] = useState("");
  const [limit, setLimit] = useState(firstRows);
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = props.tries.filter((one) => {
    const text = `${one.step} ${one.item} ${one.state} ${one.reason} ${one.error ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const shown = found.slice(0, limit);
  return (
    <section className="jp-stemma-Part jp-stemma-Tries" aria-label={trans.__("Tasks")}>
      <h4>
        {props.total === 1 ? trans.__("1 task") : trans.__("%1 tasks", props.total.toLocaleString("en-US"))}
        {props.total > props.tries.length
          ? trans.__(", the first %1 of them", props.tries.length.toLocaleString("en-US"))
          : ""}
      </h4>
      {props.tries.length < 8 ? null : (
        <input
          type="search"
          aria-label={trans.__("Filter tasks")}
          placeholder={trans.__("a step, a state or a reason")}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      )}
      <div className="jp-stemma-Table-scroll">
        <table className="jp-stemma-Table">
          <thead>
            <tr>
              <th scope="col">{trans.__("Task")}</th>
              <th scope="col">{trans.__("State")}</th>
              <th scope="col" className="jp-mod-right">
                {trans.__("Time")}
              </th>
              <th scope="col">{trans.__("Why")}</th>
              <th scope="col">{trans.__("Log")}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <TryRow key={`${one.step} ${one.item} ${one.attempt}`} {...props} one={one} />
            ))}
          </tbody>
        </table>
      </div>
      {found.length > shown.length ? (
        <Word onClick={() => setLimit(limit * 4)}>{trans.__("Show more of %1 tasks", found.length)}</Word>
      ) : null}
    </section>
  );
}

function TryRow(props: PageProps & { readonly one: FlowTry }): JSX.Element {
  const { trans } = useSurroundings();
  const [open, setOpen] = useState(false);
  const { one } = props;
  const failed = one.state === "failed";
  const name = `${one.step}${one.item === "" ? "" : ` ${one.item}`}`;
  const why = one.error ?? one.reason;
  return (
    <>
      <tr className={failed ? "jp-mod-failed" : undefined} data-task={name} data-state={one.state}>
        <th scope="row">
          {name}
          {one.attempt > 1 ? <span className="jp-stemma-quiet">{trans.__(", try %1", one.attempt)}</span> : null}
        </th>
        <td>{failed || one.state === "running" ? <Chip kind={one.state}>{one.state}</Chip> : one.state}</td>
        <td className="jp-mod-right">
          {one.startMs === null || one.endMs === null || one.state === "cached"
            ? ""
            : formatDuration(one.endMs - one.startMs)}
        </td>
        <td className="jp-stemma-Tries-why" title={why}>
          {why.split("\n")[0]}
        </td>
        <td>
          {one.hasLog ? (
            <Word on={open} onClick={() => setOpen(!open)}>
              {trans.__("Log")}
            </Word>
          ) : null}
        </td>
      </tr>
      {open ? (
        <tr>
          <td colSpan={5} className="jp-stemma-Tries-log">
            <Log {...props} />
          </td>
        </tr>
      ) : null}
    </>
  );
}

function Log(props: PageProps & { readonly one: FlowTry }): JSX.Element {
  const { trans } = useSurroundings();
  const { ask, folder, run, one } = props;
  const query = { folder, step: one.step, item: one.item, attempt: String(one.attempt) };
  const lasts = (): boolean => one.state !== "running";
  const { answered } = useAnswer<FlowLogAnswer>({ ask, path: `panel/flow-log/${run}`, query, lasts, everyMs });
  if (answered.kind === "loading") return <span className="jp-stemma-quiet">{trans.__("Loading…")}</span>;
  if (answered.kind === "failed") return <span>{answered.message}</span>;
  const { text, cut } = answered.value;
  return <pre className="jp-stemma-Log">{cut ? `… ${text}` : text}</pre>;
}
