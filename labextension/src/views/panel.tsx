import { UseSignal } from "@jupyterlab/ui-components";
import type { JSX, KeyboardEvent } from "react";
import type { PanelModel, PanelTab } from "../model/index.ts";
import { DataTab } from "./data-tab.tsx";
import { FlowsTab } from "./flows-tab.tsx";
import { ModelsTab } from "./models-tab.tsx";
import { RunsTab } from "./runs-tab.tsx";
import { useSurroundings } from "./surroundings.ts";

/** The side panel: experiments and runs of the project that the current notebook is in. */
export function PanelView(props: { readonly model: PanelModel }): JSX.Element {
  const { model } = props;
  return (
    <UseSignal signal={model.changed} initialSender={model}>
      {() => (
        <>
          <Tabs model={model} />
          <div className="jp-stemma-Panel-tab" role="tabpanel" aria-label={model.tab}>
            <TabBody model={model} />
          </div>
        </>
      )}
    </UseSignal>
  );
}

function TabBody(props: { readonly model: PanelModel }): JSX.Element {
  const { model } = props;
  // Another folder is another list: nothing of the one before is kept.
  if (model.tab === "flows") return <FlowsTab key={model.folder} model={model} />;
  if (model.tab === "data") return <DataTab key={model.folder} model={model} />;
  if (model.tab === "models") return <ModelsTab key={model.folder} model={model} />;
  return <RunsTab model={model} />;
}

const tabs: readonly PanelTab[] = ["runs", "flows", "data", "models"];

/** What the panel lists; arrow keys go from one to the next. */
function Tabs(props: { readonly model: PanelModel }): JSX.Element {
  const { trans } = useSurroundings();
  const { model } = props;
  const words = {
    runs: trans.__("Runs"),
    flows: trans.__("Flows"),
    data: trans.__("Data"),
    models: trans.__("Models"),
  };
  const move = (event: KeyboardEvent<HTMLElement>): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    const next = tabs[(tabs.indexOf(model.tab) + by + tabs.length) % tabs.length] ?? "runs";
    model.showTab(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <div className="jp-stemma-Tabs" role="tablist" aria-label={trans.__("What is listed")} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab}
          type="button"
          role="tab"
          data-tab={tab}
          aria-selected={tab === model.tab}
          tabIndex={tab === model.tab ? 0 : -1}
          onClick={() => model.showTab(tab)}
        >
          {words[tab]}
        </button>
      ))}
    </div>
  );
}
