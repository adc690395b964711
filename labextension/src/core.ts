import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { PathExt } from "@jupyterlab/coreutils";
import { INotebookTracker } from "@jupyterlab/notebook";
import { type ISignal, Signal } from "@lumino/signaling";
import { openCache } from "./model/index.ts";
import { IStemma } from "./tokens.ts";

class Stemma implements IStemma {
  constructor(app: JupyterFrontEnd, tracker: INotebookTracker | null) {
    this._app = app;
    this._tracker = tracker;
  }

  get drawn(): ISignal<IStemma, void> {
    return this._drawn;
  }

  announce(): void {
    this._drawn.emit();
  }

  folder(node?: Node): string {
    const own = node === undefined ? undefined : this._tracker?.find((panel) => panel.node.contains(node));
    const path = (own ?? this._tracker?.currentWidget)?.context.path;
    if (path === undefined) return "";
    return PathExt.dirname(this._app.serviceManager.contents.localPath(path));
  }

  private readonly _app: JupyterFrontEnd;
  private readonly _tracker: INotebookTracker | null;
  private readonly _drawn = new Signal<IStemma, void>(this);
}

/** What the other plugins share. */
export const corePlugin: JupyterFrontEndPlugin<IStemma> = {
  id: "jupyterlab-stemma:core",
  description: "Knows the folder that Stemma looks at.",
  autoStart: true,
  provides: IStemma,
  optional: [INotebookTracker],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker | null): IStemma => {
    openCache(app.serviceManager.serverSettings.baseUrl);
    return new Stemma(app, tracker);
  },
};
