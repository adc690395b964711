export { keep, kept, openCache } from "./cache.ts";
export { type OpenExperiment, PanelModel, type PanelState, type PanelTab } from "./panel-model.ts";
export { colourOf, sharingColour, withColours } from "./run-colours.ts";
export { type Ask, OfflineError, type Query, serverAsk, stemmaUrl } from "./server.ts";
