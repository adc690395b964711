import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { serverAsk } from "./model/index.ts";
import { mimeTypes, StemmaOutput } from "./output.tsx";
import { surroundingsOf } from "./surround.tsx";
import { IStemma } from "./tokens.ts";

/** Below 50, the rank of the HTML that stands beside our types in each output. */
const rank = 40;

/** Draws runs, comparisons, lineage and flows under their cells. */
export const renderersPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-stemma:renderers",
  description: "Draws runs, comparisons of them, lineage and flows in outputs.",
  autoStart: true,
  requires: [IRenderMimeRegistry, IStemma],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    ...[rendermime, stemma, translator]: [IRenderMimeRegistry, IStemma, ITranslator | null]
  ): void => {
    const trans = (translator ?? nullTranslator).load("jupyterlab_stemma");
    const ask = serverAsk(app.serviceManager.serverSettings);
    const folderOf = (node: Node): string => stemma.folder(node);
    const surroundingsAt = (node: Node) =>
      surroundingsOf(app.commands, trans, { folder: () => folderOf(node), rendermime, inNotebook: true });
    const announce = (): void => stemma.announce();
    rendermime.addFactory(
      {
        // Views are data: React writes every name as text, and nothing of them is run.
        safe: true,
        mimeTypes,
        createRenderer: ({ mimeType }) => new StemmaOutput({ mimeType, surroundingsAt, announce, ask, folderOf }),
      },
      rank,
    );
  },
};
