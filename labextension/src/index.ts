import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { corePlugin } from "./core.ts";
import { panelPlugin } from "./panel.tsx";
import { renderersPlugin } from "./renderers.ts";
import { tabsPlugin } from "./tabs.tsx";

/** All plugins of the extension; each can be disabled by its id. */
// biome-ignore lint/suspicious/noExplicitAny: the type that JupyterLab gives to lists of plugins
const plugins: JupyterFrontEndPlugin<any>[] = [corePlugin, renderersPlugin, tabsPlugin, panelPlugin];

export default plugins;
export { IStemma } from "./tokens.ts";
