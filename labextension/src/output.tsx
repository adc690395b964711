import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { ReactWidget } from "@jupyterlab/ui-components";
import type { ReactElement } from "react";
import { flowMimeType, graphMimeType, runMimeType, runsMimeType, type View } from "stemma/bundle";
import type { Ask } from "./model/index.ts";
import { surrounded } from "./surround.tsx";
import { LineageView, LiveFlow, Notice, RunFacts, RunsComparison, type Surroundings } from "./views/index.ts";

export interface OutputOptions {
  readonly mimeType: string;
  /** Asked when it is drawn: other plugins may come later. */
  readonly surroundingsAt: (node: Node) => Surroundings;
  readonly announce: () => void;
  /** Asks the server how a flow stands that says nothing more. */
  readonly ask: Ask;
  /** The folder of the notebook that an element stands in, which need not be the one in front. */
  readonly folderOf: (node: Node) => string;
}

/** An output of ours under its cell; drawn again in place when the library updates it. */
export class StemmaOutput extends ReactWidget implements IRenderMime.IRenderer {
  constructor(options: OutputOptions) {
    super();
    this._options = options;
    this.addClass("jp-stemma-Output");
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._view = model.data[this._options.mimeType];
    this.update();
    // Done is when the text is there: what waits for outputs (printing, tests) may go on.
    await this.renderPromise;
    this._options.announce();
  }

  protected render(): ReactElement | null {
    if (this._view === null) return null;
    const surroundings = this._options.surroundingsAt(this.node);
    const folder = (): string => this._options.folderOf(this.node);
    return surrounded(surroundings, drawing(this._view, surroundings, { ask: this._options.ask, folder }));
  }

  private readonly _options: OutputOptions;
  private _view: unknown = null;
}

/** Our MIME types, each named with its version; a later version is another type. */
export const mimeTypes: readonly string[] = [runsMimeType, runMimeType, graphMimeType, flowMimeType];

interface Asking {
  readonly ask: Ask;
  readonly folder: () => string;
}

function drawing(value: unknown, surroundings: Surroundings, { ask, folder }: Asking): ReactElement {
  if (!isView(value)) {
    const sentence = surroundings.trans.__(
      "This output cannot be read: it holds no view of Stemma. Run the cell again.",
    );
    return <Notice kind="failed" sentence={sentence} />;
  }
  if (value.kind === "runs") return <RunsComparison view={value} />;
  if (value.kind === "run") return <RunFacts view={value} artifactUrl={null} />;
  if (value.kind === "graph") return <LineageView view={value} />;
  return <LiveFlow view={value} ask={ask} folder={folder} />;
}

/** A notebook's outputs may come from anywhere: the lists that we go through have to be there. */
function isView(value: unknown): value is View {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  const lists = {
    runs: ["runs", "params", "metrics", "curves"],
    run: ["curves", "system", "images", "figures", "tables", "datasets", "models", "artifacts", "context"],
    graph: ["nodes", "edges"],
    flow: ["tasks"],
  };
  const wanted = Object.entries(lists).find(([kind]) => kind === value.kind)?.[1];
  if (wanted === undefined) return false;
  if (value.kind === "flow" && !("graph" in value && isView(value.graph))) return false;
  if (value.kind === "run" && !("run" in value && typeof value.run === "object" && value.run !== null)) return false;
  return wanted.every((name) => Array.isArray((value as Readonly<Record<string, unknown>>)[name]));
}
