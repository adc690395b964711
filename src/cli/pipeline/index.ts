export { stoppable } from "./repro.ts";
export { type ReproFlags, reproChoice, reproOptions } from "./repro-options.ts";
export { eventPrinter } from "./repro-text.ts";
export { printDiffTable, printTable, tableValue } from "./value-tables.ts";
