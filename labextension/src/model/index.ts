export { keep, kept, openCache } from "./cache.ts";
export { type OpenExperiment, PanelModel, type PanelState } from "./panel-model.ts";
export { colourOf, sharingColour, withColours } from "./run-colours.ts";
export { type Ask, OfflineError, type Query, serverAsk, stemmaUrl } from "./server.ts";
