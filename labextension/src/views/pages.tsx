import { type JSX, type ReactNode, useState } from "react";
import type { RunAnswer, RunsAnswer } from "stemma/bundle";
import type { Ask } from "../model/index.ts";
import { Notice, Trouble } from "./parts.tsx";
import { RunFacts } from "./run-facts.tsx";
import { RunsComparison } from "./runs-view.tsx";
import { useSurroundings } from "./surroundings.ts";
import { type Asked, useAnswer } from "./use-answer.ts";

const everyMs = 3_000;
/** Nodes of a lineage that the server gives at most. */
const mostNodes = 1000;

/** The page of one run: params, metrics, curves, pictures, tables, artifacts, lineage, context. */
export function RunPage(props: {
  readonly ask: Ask;
  readonly folder: string;
  readonly run: string;
  readonly artifactUrl: (path: string) => string;
}): JSX.Element {
  const { ask, folder, run } = props;
  // All of a large lineage is drawn when somebody asks for it.
  const [allNodes, setAllNodes] = useState(false);
  const query = allNodes ? { folder, nodes: String(mostNodes) } : { folder };
  const lasts = (answer: RunAnswer): boolean => answer.run.endMs !== null;
  const asked = useAnswer<RunAnswer>({ ask, path: `panel/runs/${run}`, query, lasts, everyMs });
  return (
    <Page
      asked={asked}
      show={(answer) => (
        <RunFacts
          view={answer}
          artifactUrl={props.artifactUrl}
          lineage={answer.lineage}
          onAllNodes={allNodes ? null : () => setAllNodes(true)}
        />
      )}
    />
  );
}

/** Chosen runs side by side, in a tab; the first chosen is the baseline. */
export function ComparisonPage(props: {
  readonly ask: Ask;
  readonly folder: string;
  readonly runs: readonly string[];
}): JSX.Element {
  const { ask, folder, runs } = props;
  const lasts = (answer: RunsAnswer): boolean => answer.runs.every((run) => run.endMs !== null);
  const asked = useAnswer<RunsAnswer>({ ask, path: "panel/runs", query: { folder, run: runs }, lasts, everyMs });
  const based = (answer: RunsAnswer): RunsAnswer => ({ ...answer, baseline: answer.baseline ?? runs[0] ?? null });
  return <Page asked={asked} show={(answer) => <RunsComparison view={based(answer)} inTab />} />;
}

function Page<T>(props: { readonly asked: Asked<T>; readonly show: (value: T) => ReactNode }): JSX.Element {
  const { trans } = useSurroundings();
  const { answered, again } = props.asked;
  if (answered.kind === "loading") return <Notice sentence={trans.__("Loading…")} />;
  if (answered.kind === "failed") {
    return <Notice kind="failed" sentence={answered.message} action={{ label: trans.__("Try again"), run: again }} />;
  }
  return (
    <div className="jp-stemma-Page">
      <Trouble message={answered.trouble} again={again} />
      {props.show(answered.value)}
    </div>
  );
}
