import { type JSX, useEffect, useState } from "react";
import type { FlowRunAnswer, FlowView } from "stemma/bundle";
import type { Ask } from "../model/index.ts";
import { FlowStanding } from "./flow-view.tsx";
import { useAnswer } from "./use-answer.ts";

/** How long a flow that runs may say nothing before the server is asked how it stands. */
const silenceMs = 4_000;
const everyMs = 10_000;

interface LiveFlowProps {
  readonly view: FlowView;
  readonly ask: Ask;
  readonly folder: () => string;
}

/**
 * A flow under its cell. One that says it runs and says nothing more may be over: the kernel was restarted, or the notebook
 * is opened again days later. Then it is drawn as it stands.
 */
export function LiveFlow(props: LiveFlowProps): JSX.Element {
  const { view } = props;
  const [ended, setEnded] = useState<{ readonly of: FlowView; readonly view: FlowView } | null>(null);
  const [silent, setSilent] = useState<FlowView | null>(null);
  useEffect(() => {
    if (view.state !== "running" || view.run === null) return;
    const timer = window.setTimeout(() => setSilent(view), silenceMs);
    return () => window.clearTimeout(timer);
  }, [view]);
  return (
    <>
      <FlowStanding view={ended?.of === view ? ended.view : view} />
      {silent === view && view.run !== null ? (
        <Watch {...props} run={view.run} onEnd={(found) => setEnded({ of: view, view: found })} />
      ) : null}
    </>
  );
}

function Watch(props: LiveFlowProps & { readonly run: string; readonly onEnd: (view: FlowView) => void }): null {
  const { ask, run, onEnd } = props;
  const [folder] = useState(props.folder);
  const lasts = (answer: FlowRunAnswer): boolean => answer.run.state !== "running";
  const query = { folder, limit: "1" };
  const { answered } = useAnswer<FlowRunAnswer>({ ask, path: `panel/flows/${run}`, query, lasts, everyMs });
  const found = answered.kind === "ready" && lasts(answered.value) ? answered.value.view : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once, when it is found
  useEffect(() => {
    if (found !== null) onEnd(found);
  }, [found]);
  return null;
}
