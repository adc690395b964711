export { columnsJson, profileJson, type TableInputOptions, tableInput } from "./dataset.ts";
export { keepFiles } from "./files.ts";
export { type ImageEntry, type ImageOptions, imageEntries, keepImage } from "./image.ts";
export type { ImageCanvas, ImagePixels, ImageTensor, ImageValue } from "./image-value.ts";
export { type KeptFigure, type KeptMedia, keptMedia, readMedia } from "./kept.ts";
export type { PreviewValue, TablePreview } from "./preview.ts";
export { keepTable, loggedTables } from "./table.ts";
