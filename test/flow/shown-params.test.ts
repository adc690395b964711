import { expect, it } from "vitest";
import { flowView } from "../../src/display/index.ts";
import { type FlowStatus, flow, keptRunStatus } from "../../src/flow/index.ts";
import { flowWatch, watchFlows } from "../../src/flow/status/watch.ts";
import { findProject } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const project = findProject(inProject());
const double = ({ n }: { n: number }): number => 2 * n;

function paramOf(status: FlowStatus): string | undefined {
  return flowView(status).graph.nodes.find(({ id }) => id === "param:n")?.detail;
}

it("a run is drawn with its own params, while it runs, when it is over, as it is kept; a definition with its defaults", async () => {
  const doubling = flow("doubling", { n: 1 }, (f, p) => f.step(double, { n: p.n }));
  const before = flowWatch();
  const live: (string | undefined)[] = [];
  watchFlows({
    defined() {},
    begun(run) {
      const look = (): void => void live.push(paramOf(run.status));
      look();
      return { changed: look, end: look };
    },
  });
  const run = await doubling.run({ n: 12 }).finally(() => {
    if (before === null) Reflect.deleteProperty(globalThis, Symbol.for("stemma.flow.watch"));
    else watchFlows(before);
  });
  expect([...new Set(live)]).toEqual(["12"]);
  expect([run.status, (await run.resume()).status].map(paramOf)).toEqual(["12", "12"]);
  expect([flow.run(run.id).status, keptRunStatus(project, run.id)].map(paramOf)).toEqual(["12", "12"]);
  expect([doubling.status({ n: 12 }), doubling.status()].map(paramOf)).toEqual(["12", "1"]);
});
