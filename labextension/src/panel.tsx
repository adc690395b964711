import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker } from "@jupyterlab/notebook";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { PanelWithToolbar, ReactWidget, refreshIcon, ToolbarButton } from "@jupyterlab/ui-components";
import type { Message } from "@lumino/messaging";
import { Throttler } from "@lumino/polling";
import type { ReactElement } from "react";
import { CommandIDs, panelId } from "./command-ids.ts";
import { stemmaIcon } from "./icon.ts";
import { PanelModel, serverAsk } from "./model/index.ts";
import { surrounded, surroundingsOf } from "./surround.tsx";
import { IStemma } from "./tokens.ts";
import { PanelView, type Surroundings } from "./views/index.ts";

class PanelBody extends ReactWidget {
  constructor(model: PanelModel, surroundings: () => Surroundings) {
    super();
    this.addClass("jp-stemma-Panel-body");
    this._model = model;
    this._surroundings = surroundings;
  }

  protected render(): ReactElement {
    return surrounded(this._surroundings(), <PanelView model={this._model} />);
  }

  private readonly _model: PanelModel;
  private readonly _surroundings: () => Surroundings;
}

/** The side panel; it asks only while it is seen. */
class StemmaPanel extends PanelWithToolbar {
  constructor(app: JupyterFrontEnd, stemma: IStemma, translator: ITranslator) {
    super();
    const trans = translator.load("jupyterlab_stemma");
    this._stemma = stemma;
    this._model = new PanelModel({ ask: serverAsk(app.serviceManager.serverSettings), hidden: () => !this.isVisible });
    this.id = panelId;
    this.title.icon = stemmaIcon;
    this.title.caption = trans.__("Stemma: runs and experiments");
    this.addClass("jp-stemma-Panel");
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", trans.__("Stemma"));
    const refresh = { icon: refreshIcon, tooltip: trans.__("Ask again"), onClick: () => this._model.refresh() };
    this.toolbar.addItem("title", titleWidget("Stemma"));
    this.toolbar.addItem("spacer", spacer());
    this.toolbar.addItem("refresh", new ToolbarButton(refresh));
    this.addWidget(this.toolbar);
    this.addWidget(
      new PanelBody(this._model, () => surroundingsOf(app.commands, trans, { folder: () => this._model.folder })),
    );
    stemma.drawn.connect(this._onDrawn, this);
  }

  /** Looks at the folder of the current notebook from now on. */
  follow(): void {
    this._model.setFolder(this._stemma.folder());
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this._stemma.drawn.disconnect(this._onDrawn, this);
    this._asking.dispose();
    this._model.dispose();
    super.dispose();
  }

  protected override onBeforeShow(message: Message): void {
    super.onBeforeShow(message);
    this._model.refresh();
  }

  private _onDrawn(): void {
    if (this.isVisible) void this._asking.invoke();
  }

  /** A flow that runs is drawn many times a second: what is listed beside it need not be asked for as often. */
  private readonly _asking: Throttler<void> = new Throttler(() => this._model.refresh(), {
    limit: 1000,
    edge: "trailing",
  });
  private readonly _model: PanelModel;
  private readonly _stemma: IStemma;
}

function titleWidget(text: string): ReactWidget {
  const widget = ReactWidget.create(<span>{text}</span>);
  widget.addClass("jp-stemma-Panel-title");
  return widget;
}

function spacer(): ReactWidget {
  const widget = ReactWidget.create(<span />);
  widget.addClass("jp-Toolbar-spacer");
  return widget;
}

/** Experiments and runs at the side. */
export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-stemma:panel",
  description: "Lists experiments and runs in a side panel.",
  autoStart: true,
  requires: [IStemma],
  optional: [ILayoutRestorer, INotebookTracker, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    ...[stemma, restorer, notebooks, translator]: [
      IStemma,
      ILayoutRestorer | null,
      INotebookTracker | null,
      ITranslator | null,
    ]
  ): void => {
    const panel = new StemmaPanel(app, stemma, translator ?? nullTranslator);
    const follow = (): void => panel.follow();
    notebooks?.currentChanged.connect(follow);
    panel.disposed.connect(() => notebooks?.currentChanged.disconnect(follow));
    app.shell.add(panel, "left", { rank: 700, type: "Stemma" });
    restorer?.add(panel, panelId);
    void app.restored.then(follow);
    addOpenCommand(app, translator ?? nullTranslator);
  },
};

function addOpenCommand(app: JupyterFrontEnd, translator: ITranslator): void {
  const trans = translator.load("jupyterlab_stemma");
  app.commands.addCommand(CommandIDs.openPanel, {
    label: trans.__("Stemma: Show Runs"),
    caption: trans.__("Show experiments and runs in the side panel"),
    icon: stemmaIcon,
    describedBy: { args: { type: "object", properties: {} } },
    execute: () => app.shell.activateById(panelId),
  });
}
