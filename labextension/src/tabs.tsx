import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { ITranslator, nullTranslator, type TranslationBundle } from "@jupyterlab/translation";
import { ReactWidget } from "@jupyterlab/ui-components";
import type { ReadonlyPartialJSONObject } from "@lumino/coreutils";
import type { ReactElement } from "react";
import { CommandIDs } from "./command-ids.ts";
import { stemmaIcon } from "./icon.ts";
import { serverAsk, stemmaUrl } from "./model/index.ts";
import { surrounded, surroundingsOf } from "./surround.tsx";
import { IStemma } from "./tokens.ts";
import { ComparisonPage, FlowPage, RunPage } from "./views/index.ts";

type Tab = MainAreaWidget<ReactWidget>;

/** The pages that commands open, and how to find them again after a reload. */
export const tabsPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-stemma:tabs",
  description: "Opens a run or a comparison of runs in a tab.",
  autoStart: true,
  requires: [IStemma],
  optional: [ICommandPalette, ILayoutRestorer, ITranslator, IRenderMimeRegistry],
  activate: (
    app: JupyterFrontEnd,
    ...[stemma, palette, restorer, translator, rendermime]: [
      IStemma,
      ICommandPalette | null,
      ILayoutRestorer | null,
      ITranslator | null,
      IRenderMimeRegistry | null,
    ]
  ): void => {
    const trans = (translator ?? nullTranslator).load("jupyterlab_stemma");
    const runs = new WidgetTracker<Tab>({ namespace: "stemma-runs" });
    const comparisons = new WidgetTracker<Tab>({ namespace: "stemma-comparisons" });
    addRunCommand({ app, stemma, trans, tracker: runs, rendermime });
    const flows = new WidgetTracker<Tab>({ namespace: "stemma-flows" });
    addFlowCommand({ app, stemma, trans, tracker: flows, rendermime });
    void restorer?.restore(flows, { command: CommandIDs.openFlow, args: argsOf, name: (tab) => tab.id });
    addCompareCommand({ app, stemma, trans, tracker: comparisons, rendermime });
    void restorer?.restore(runs, { command: CommandIDs.openRun, args: argsOf, name: (tab) => tab.id });
    void restorer?.restore(comparisons, { command: CommandIDs.compareRuns, args: argsOf, name: (tab) => tab.id });
    palette?.addItem({ command: CommandIDs.openPanel, category: trans.__("Stemma") });
  },
};

interface Tabs {
  readonly app: JupyterFrontEnd;
  readonly stemma: IStemma;
  readonly trans: TranslationBundle;
  readonly tracker: WidgetTracker<Tab>;
  /** Draws notes. */
  readonly rendermime: IRenderMimeRegistry | null;
}

/** The arguments that each tab was opened with. */
const opened = new WeakMap<Tab, ReadonlyPartialJSONObject>();

function argsOf(tab: Tab): ReadonlyPartialJSONObject {
  return opened.get(tab) ?? {};
}

function addRunCommand(tabs: Tabs): void {
  const { app, stemma, trans } = tabs;
  const settings = app.serviceManager.serverSettings;
  const ask = serverAsk(settings);
  app.commands.addCommand(CommandIDs.openRun, {
    label: trans.__("Open Run"),
    caption: trans.__("Open the page of a run"),
    describedBy: { args: { type: "object", required: ["run"], properties: { run: text, name: text, folder: text } } },
    execute: (args) => {
      const run = String(args["run"] ?? "");
      const folder = String(args["folder"] ?? stemma.folder());
      const name = String(args["name"] ?? run.slice(0, 8));
      const url = (path: string): string => stemmaUrl(settings, "get-artifact", { folder, run_uuid: run, path });
      const page = <RunPage ask={ask} folder={folder} run={run} artifactUrl={url} />;
      return openTab(tabs, { id: `stemma-run-${run}`, label: name, folder, page, args: { run, name, folder } });
    },
  });
}

function addFlowCommand(tabs: Tabs): void {
  const { app, stemma, trans } = tabs;
  const ask = serverAsk(app.serviceManager.serverSettings);
  app.commands.addCommand(CommandIDs.openFlow, {
    label: trans.__("Open Run of a Flow"),
    caption: trans.__("Open the steps, logs and cards of a run of a flow"),
    describedBy: { args: { type: "object", required: ["run"], properties: { run: text, name: text, folder: text } } },
    execute: (args) => {
      const run = String(args["run"] ?? "");
      const folder = String(args["folder"] ?? stemma.folder());
      const name = String(args["name"] ?? run.slice(0, 8));
      const page = <FlowPage ask={ask} folder={folder} run={run} />;
      return openTab(tabs, { id: `stemma-flow-${run}`, label: name, folder, page, args: { run, name, folder } });
    },
  });
}

function addCompareCommand(tabs: Tabs): void {
  const { app, stemma, trans } = tabs;
  const ask = serverAsk(app.serviceManager.serverSettings);
  const list = { type: "array", items: { type: "string" } };
  app.commands.addCommand(CommandIDs.compareRuns, {
    label: trans.__("Compare Runs"),
    caption: trans.__("Open runs side by side; the first is the baseline"),
    describedBy: {
      args: { type: "object", required: ["runs"], properties: { runs: list, experiment: text, folder: text } },
    },
    execute: (args) => {
      const runs = Array.isArray(args["runs"]) ? args["runs"].map(String) : [];
      const folder = String(args["folder"] ?? stemma.folder());
      const experiment = String(args["experiment"] ?? "");
      const label = experiment === "" ? trans._n("%1 run", "%1 runs", runs.length) : experiment;
      const page = <ComparisonPage ask={ask} folder={folder} runs={runs} />;
      const id = `stemma-compare-${runs.map((run) => run.slice(0, 8)).join("-")}`;
      return openTab(tabs, { id, label, folder, page, args: { runs, experiment, folder } });
    },
  });
}

const text = { type: "string" } as const;

interface Opening {
  readonly id: string;
  readonly label: string;
  readonly folder: string;
  readonly page: ReactElement;
  readonly args: ReadonlyPartialJSONObject;
}

/** The tab with this id, opened where it is not. */
function openTab(tabs: Tabs, opening: Opening): Tab {
  const { app, trans, tracker, rendermime } = tabs;
  const known = tracker.find((tab) => tab.id === opening.id);
  if (known !== undefined) {
    app.shell.activateById(known.id);
    return known;
  }
  const surroundings = surroundingsOf(app.commands, trans, { folder: () => opening.folder, rendermime });
  const content = ReactWidget.create(surrounded(surroundings, opening.page));
  content.addClass("jp-stemma-Tab");
  const tab = new MainAreaWidget({ content });
  tab.toolbar.hide();
  tab.id = opening.id;
  tab.title.label = opening.label;
  tab.title.icon = stemmaIcon;
  tab.title.closable = true;
  opened.set(tab, opening.args);
  app.shell.add(tab, "main");
  void tracker.add(tab);
  app.shell.activateById(tab.id);
  return tab;
}
