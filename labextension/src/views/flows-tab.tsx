import { type JSX, useState } from "react";
import { type FlowRunRow, type FlowsAnswer, formatAge, formatDuration } from "stemma/bundle";
import type { PanelModel } from "../model/index.ts";
import { type ListRow, ListView, listOf, useList } from "./list-tab.tsx";
import { useSurroundings } from "./surroundings.ts";

const exampleCell = `import { flow } from "stemma";

const sum = flow("first-flow", { numbers: [1, 2, 3] }, (f, p) => {
  const squares = f.map(p.numbers, (x) => f.step(({ x }: { x: number }) => x * x, { x }, { name: "square" }));
  return f.step(({ squares }: { squares: readonly number[] }) => squares.reduce((a, b) => a + b, 0), { squares }, { name: "sum" });
});
await sum.run()`;

/** The runs of flows, the newest first; a click opens the steps. */
export function FlowsTab(props: { readonly model: PanelModel }): JSX.Element {
  const { trans, openFlow } = useSurroundings();
  const [filter, setFilter] = useState("");
  const asked = useList<FlowsAnswer>(props.model, "panel/flows", filter);
  const row = (run: FlowRunRow): ListRow => ({
    key: run.id,
    title: run.flow,
    // What is cut at the end is a param, not when it was.
    sub: [formatAge(run.startMs, Date.now()), run.error ?? run.params].filter(Boolean).join(" · "),
    value: valueOfRun(run),
    tone: run.state === "failed" || run.state === "lost" ? "failed" : run.state === "running" ? "running" : "quiet",
    open: () => openFlow?.(run.id, run.flow),
  });
  return (
    <ListView
      label={trans.__("Runs of flows")}
      placeholder={trans.__("a flow, a state or a param")}
      filter={filter}
      setFilter={setFilter}
      {...listOf(asked, ({ runs }) => runs.map(row))}
      example={exampleCell}
      empty={trans.__("No flow ran here yet. flow(…).run() in a cell, or stemma flow run FILE, makes a row.")}
    />
  );
}

function valueOfRun({ state, startMs, endMs }: FlowRunRow): string {
  if (state !== "done") return state;
  return endMs === null ? "" : formatDuration(endMs - startMs);
}
