export { collectPlots, type PlotProps } from "./collect.ts";
export { sourcesOf } from "./datapoints.ts";
export { type PlotPage, plotPage } from "./page.ts";
export { diffRevisions, type Plot, type PlotError, type PlotOptions, type Plots, showPlots } from "./show-plots.ts";
export { namedTemplate, type TemplateValue, templateNames } from "./vega-templates.ts";
